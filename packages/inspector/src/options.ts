import type { IncomingMessage } from 'node:http';
import { callback, checkOptions, path, type RulesOf } from '@cometkit/core/check-options';

/** What a visitor wants: to look, to publish a test event, to take subscriptions away, or to end a session. */
export type InspectorAction = 'look' | 'publish' | 'revoke' | 'end';

/** Options of an inspector. */
export interface InspectorOptions {
  /**
   * Decides for every request who may do what. There is no default: the page shows session ids, principals and patterns.
   *
   * @returns `true`, or a promise of it, to let the request through. Anything else, and a throw, refuses it.
   */
  readonly authorize: (request: IncomingMessage, action: InspectorAction) => boolean | Promise<boolean>;
  /** The path that is served on `node:http`. @defaultValue the place where Express or Connect mounts it */
  readonly path?: string;
}

const rules: RulesOf<InspectorOptions> = { authorize: callback, path };

/** @throws TypeError — an option is unknown or of the wrong type, or `authorize` is missing. */
export function checkInspectorOptions(options: InspectorOptions): void {
  checkOptions(options, rules);
  if (options.authorize === undefined)
    throw new TypeError('authorize is missing: the inspector shows nothing to nobody in particular');
}
