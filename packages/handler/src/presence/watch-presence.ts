import {
  CometError,
  type Hub,
  type JsonValue,
  type Member,
  type Presence,
  parsePattern,
  partMatches,
  type Session,
} from '@cometkit/core';
import { rollNodeOf } from '../roll/roll-of.ts';
import { presenceRoot } from '../roll/roots.ts';
import { LoneTeller, type Teller } from '../roll/teller.ts';
import { type RollTimes, usualTimes } from '../roll/times.ts';
import type { HandlerRuntime } from '../runtime.ts';
import { RequestError } from '../talk/request-error.ts';
import { talkOf } from '../talk/talk.ts';
import { Rooms } from './rooms.ts';

type Time = Pick<HandlerRuntime, 'now' | 'later' | 'defer'>;

/**
 * Watches who listens to the subjects of some patterns. Whoever comes or goes is told to the subject with `/$presence` in front, and
 * a request to `/$presence` is answered with who is there: over all nodes, where the hub is one of many.
 *
 * @returns what reads it.
 * @throws RangeError — one is no pattern.
 */
export function watchPresence(
  hub: Hub,
  patterns: readonly string[],
  runtime: Time,
  times: RollTimes = usualTimes,
): Presence['presence'] {
  const watches = testOf(patterns, hub);
  const teller = rollNodeOf(hub, runtime, times) ?? new LoneTeller(hub, runtime.defer);
  const rooms = new Rooms({
    graceMs: times.graceMs,
    later: runtime.later,
    watches: (subject) => watches(subject) && canTell(hub, subject),
    joined: (subject, member) => teller.joined(presenceRoot + subject, member),
    left: (subject, member) => teller.left(presenceRoot + subject, member),
  });
  listen(hub, rooms, teller);
  const { register } = teller;
  talkOf(hub).handle(presenceRoot, ({ session, data }) => answer(session, data, { register, watches }));
  function presence(subject: string): readonly Member[];
  function presence(subject: string, options: { readonly count: true }): number;
  function presence(subject: string, options?: { readonly count: true }): readonly Member[] | number {
    return options?.count === true
      ? register.count(presenceRoot + subject)
      : register.members(presenceRoot + subject);
  }
  return presence;
}

function listen(hub: Hub, rooms: Rooms, teller: Teller): void {
  hub.on('attached', (session) => rooms.came(session));
  hub.on('detached', (session) => rooms.went(session));
  hub.on('subscribed', (session, subscription) => rooms.subscribed(session, subscription));
  hub.on('unsubscribed', (session, subscription) => rooms.unsubscribed(session, subscription));
  hub.on('session-closed', (session) => rooms.gone(session));
  hub.on('session-parked', (session) => rooms.gone(session));
  hub.on('closed', () => {
    rooms.end();
    teller.end();
  });
}

function testOf(patterns: readonly string[], hub: Hub): (subject: string) => boolean {
  const parts = patterns.flatMap((pattern) => {
    try {
      return parsePattern(pattern, 'path', hub.limits);
    } catch (cause) {
      const { reason } = CometError.from(cause);
      throw new RangeError(`the option \`presence\` holds ${JSON.stringify(pattern)}: ${reason}`, { cause });
    }
  });
  return (subject) => parts.some((part) => partMatches(part, subject));
}

// Its events need a subject of their own.
function canTell({ limits }: Hub, subject: string): boolean {
  const { maxSubjectLength, maxSubjectDepth } = limits;
  return (
    presenceRoot.length + subject.length <= maxSubjectLength && subject.split('/').length <= maxSubjectDepth
  );
}

/** What a client is told of a subject, if it may be told who comes and goes there. */
function answer(
  session: Session,
  asked: JsonValue,
  { register, watches }: Pick<Teller, 'register'> & { watches(subject: string): boolean },
): { readonly members: readonly Member[] } {
  const subject = typeof asked === 'string' ? asked : '';
  if (session.subscriptionFor(presenceRoot + subject) === undefined)
    throw new RequestError('not-authorized', `subscribe to ${presenceRoot} and the subject first`);
  if (!watches(subject))
    throw new RequestError('no-presence', 'the option `presence` of the hub has no pattern for the subject');
  return { members: register.members(presenceRoot + subject) };
}
