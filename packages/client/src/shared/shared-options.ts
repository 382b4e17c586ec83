import { having, type RulesOf, text } from '@cometkit/core/check-options';
import { type ClientOptions, clientRules } from '../options.ts';
import type { SharedPorts } from './ports.ts';

/** Options of a shared client. */
export interface SharedClientOptions extends Omit<ClientOptions, 'persist'> {
  /** Tabs with the same name share a session. @defaultValue the URL */
  readonly name?: string | undefined;
  /**
   * Locks and channel, for tests.
   *
   * @defaultValue the browser's; where it has none, as on `http:` pages, every tab has a session of its own
   */
  readonly ports?: SharedPorts | undefined;
}

const { persist: _ofOneTab, ...rules } = clientRules;

/** What each option of a shared client may be. */
export const sharedRules: RulesOf<SharedClientOptions> = {
  ...rules,
  name: text,
  ports: having('openChannel'),
};
