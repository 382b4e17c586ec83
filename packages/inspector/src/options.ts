import type { IncomingMessage } from 'node:http';
import { callback, checkOptions, nested, path, type RulesOf, suchAs } from '@cometkit/core/check-options';
import { type CloseOptions, closeRules } from '@cometkit/handler';

/** What a visitor wants: to look, to publish a test event, to take subscriptions away, to end a session, or to drain this node. */
export type InspectorAction = 'look' | 'publish' | 'revoke' | 'end' | 'drain';

/** What an action did, or why it did nothing: `error` is a sentence. */
export interface ActionResult {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Options of an inspector. */
export interface InspectorOptions {
  /**
   * Decides for every request who may do what. There is no default: the page shows session ids, principals and patterns.
   *
   * @returns `true`, or a promise of it, to let the request through. Anything else, and a throw, refuses it.
   */
  readonly authorize: (request: IncomingMessage, action: InspectorAction) => boolean | Promise<boolean>;
  /**
   * How long a drain of this node takes, or `false`: nobody may drain it from here, whatever `authorize` says.
   *
   * @defaultValue `{ settleMs: 2000, drainMs: 10_000 }`
   */
  readonly drain?: CloseOptions | false;
  /** The path that is served on `node:http`. @defaultValue the place where Express or Connect mounts it */
  readonly path?: string;
}

const forbidden = suchAs('false', (value) => value === false);
const rules: RulesOf<InspectorOptions> = {
  authorize: callback,
  drain: nested(closeRules, { or: forbidden }),
  path,
};

/** @throws TypeError — an option is unknown or of the wrong type, or `authorize` is missing. */
export function checkInspectorOptions(options: InspectorOptions): void {
  checkOptions(options, rules);
  if (options.authorize === undefined)
    throw new TypeError('authorize is missing: the inspector shows nothing to nobody in particular');
}
