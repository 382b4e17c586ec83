import {
  checkOptions,
  choice,
  flag,
  list,
  nested,
  positive,
  type RulesOf,
  suchAs,
  text,
} from './check-options.ts';
import type { SessionParts, SubscriptionParts } from './hub-cluster.ts';
import type { HubEvents, JoinOptions, SubscribeOptions } from './hub-types.ts';

const anything = suchAs('anything', () => true);
const joinRules: RulesOf<JoinOptions> = {
  principal: text,
  nonce: text,
  data: anything,
  context: anything,
  identity: nested({ id: text, secret: text }),
  after: text,
  leaseMs: positive,
  neighbourhoods: list(text),
};
const subscribeRules: RulesOf<SubscribeOptions> = {
  label: text,
  matching: choice('path', 'prefix'),
  since: text,
  id: text,
  fromNow: flag,
  conflate: flag,
};
const events: Readonly<Record<keyof HubEvents, true>> = {
  'session-opened': true,
  'session-closed': true,
  attached: true,
  detached: true,
  subscribed: true,
  unsubscribed: true,
  'session-parked': true,
  'session-changed': true,
  'publish-failed': true,
  engine: true,
  gap: true,
  closed: true,
  error: true,
};

/** @throws {TypeError} an option of a join is unknown or has the wrong type. */
export function checkJoin(options: JoinOptions): void {
  checkOptions(options, joinRules);
}

/** @throws {TypeError} an option of a subscription is unknown or has the wrong type. */
export function checkSubscribe(options: SubscribeOptions): void {
  checkOptions(options, subscribeRules);
}

const subscriptionRules: RulesOf<SubscriptionParts> = {
  id: text,
  label: text,
  pattern: text,
  matching: choice('path', 'prefix'),
  from: text,
  conflate: flag,
};
const partsRules: RulesOf<SessionParts> = {
  id: text,
  secret: text,
  principal: text,
  data: anything,
  context: anything,
  leaseMs: positive,
  neighbourhoods: list(text),
  generation: suchAs(
    'a whole number, 0 or more',
    (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  ),
  start: text,
  asOf: text,
  writtenAt: text,
  subscriptions: list(nested(subscriptionRules)),
};

/** @throws {TypeError} a part of a session is unknown or has the wrong type. */
export function checkAdopt(parts: SessionParts): void {
  checkOptions(parts, partsRules);
}

/** @throws {TypeError} the first argument is no text. @param what - what it should be. */
export function mustBeText(value: unknown, what: string): void {
  if (typeof value !== 'string') throw new TypeError(`the first argument must be ${what}, a string`);
}

/** @throws {TypeError} the first argument is no session. */
export function mustBeSession(value: unknown): void {
  if (typeof (value as { ownOutbox?: unknown } | null | undefined)?.ownOutbox !== 'function')
    throw new TypeError('the first argument must be a session, as hub.session(id) gives it');
}

/** @throws {TypeError} a hub has no event of this name. */
export function mustBeEvent(name: unknown): void {
  if (typeof name === 'string' && Object.hasOwn(events, name)) return;
  throw new TypeError(`the first argument must be an event of the hub: ${Object.keys(events).join(', ')}`);
}
