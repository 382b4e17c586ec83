import {
  CometError,
  type Hub,
  type JsonValue,
  type Member,
  type Presence,
  parsePattern,
  partMatches,
  type Session,
  type Subscription,
} from '@cometkit/core';
import type { HandlerRuntime } from '../runtime.ts';
import { contextOf } from '../session-context.ts';
import { RequestError } from '../talk/request-error.ts';
import { talkOf } from '../talk/talk.ts';
import { Room } from './room.ts';
import { presenceRoot } from './subjects.ts';

const graceMs = 5000;

/**
 * Watches who listens to the subjects of some patterns. Whoever comes or goes is told to the subject with `/$presence` in front, and
 * a request to `/$presence` is answered with who is there.
 *
 * @returns what reads it.
 * @throws RangeError — one is no pattern.
 */
export function watchPresence(
  hub: Hub,
  patterns: readonly string[],
  runtime: Pick<HandlerRuntime, 'later' | 'defer'>,
): Presence['presence'] {
  const table = new PresenceTable(hub, testOf(patterns, hub), runtime);
  hub.on('attached', (session) => table.came(session));
  hub.on('detached', (session) => table.went(session));
  hub.on('subscribed', (session, subscription) => table.subscribed(session, subscription));
  hub.on('unsubscribed', (session, subscription) => table.unsubscribed(session, subscription));
  hub.on('closed', () => table.end());
  talkOf(hub).handle(presenceRoot, ({ session, data }) => table.answer(session, data));
  function presence(subject: string): readonly Member[];
  function presence(subject: string, options: { readonly count: true }): number;
  function presence(subject: string, options?: { readonly count: true }): readonly Member[] | number {
    return options?.count === true ? table.count(subject) : table.members(subject);
  }
  return presence;
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

/** Who is where, in one process. */
class PresenceTable {
  readonly #hub: Hub;
  readonly #watches: (subject: string) => boolean;
  readonly #runtime: Pick<HandlerRuntime, 'later' | 'defer'>;
  readonly #rooms = new Map<string, Room>();
  /** Sessions whose client is there, also between two polls. */
  readonly #here = new WeakSet<Session>();

  constructor(
    hub: Hub,
    watches: (subject: string) => boolean,
    runtime: Pick<HandlerRuntime, 'later' | 'defer'>,
  ) {
    this.#hub = hub;
    this.#watches = watches;
    this.#runtime = runtime;
  }

  members(subject: string): readonly Member[] {
    return this.#rooms.get(subject)?.members ?? [];
  }

  count(subject: string): number {
    return this.#rooms.get(subject)?.size ?? 0;
  }

  came(session: Session): void {
    this.#here.add(session);
    for (const subject of this.#subjectsOf(session.subscriptions)) this.#roomAt(subject).enter(session);
  }

  // A client that polls is away most of the time, and there until its lease ends.
  went(session: Session): void {
    if (contextOf(session)?.mode === 'poll') return;
    this.#here.delete(session);
    for (const subject of this.#subjectsOf(session.subscriptions))
      this.#rooms.get(subject)?.leave(session, false);
  }

  subscribed(session: Session, subscription: Subscription): void {
    if (!this.#here.has(session)) return;
    for (const subject of this.#subjectsOf([subscription])) this.#roomAt(subject).enter(session);
  }

  // A session that has ended may be followed by another one of the same user.
  unsubscribed(session: Session, subscription: Subscription): void {
    const still = new Set(session.closed ? [] : this.#subjectsOf(session.subscriptions));
    for (const subject of this.#subjectsOf([subscription]))
      if (!still.has(subject)) this.#rooms.get(subject)?.leave(session, !session.closed);
  }

  /** What a client is told of a subject, if it may be told who comes and goes there. */
  answer(session: Session, asked: JsonValue): { readonly members: readonly Member[] } {
    const subject = typeof asked === 'string' ? asked : '';
    if (session.subscriptionFor(presenceRoot + subject) === undefined)
      throw new RequestError('not-authorized', `subscribe to ${presenceRoot} and the subject first`);
    if (!this.#watches(subject))
      throw new RequestError(
        'no-presence',
        'the option `presence` of the hub has no pattern for the subject',
      );
    return { members: this.members(subject) };
  }

  end(): void {
    for (const room of this.#rooms.values()) room.end();
    this.#rooms.clear();
  }

  // A pattern with wildcards is no place to be at.
  #subjectsOf(subscriptions: readonly Subscription[]): string[] {
    const texts = subscriptions.flatMap(({ pattern, matching }) =>
      matching === 'path' ? pattern.split(',') : [],
    );
    return texts.filter((text) => !text.includes('*') && this.#watches(text) && this.#canTell(text));
  }

  #canTell(subject: string): boolean {
    const { maxSubjectLength, maxSubjectDepth } = this.#hub.limits;
    return (
      presenceRoot.length + subject.length <= maxSubjectLength && subject.split('/').length <= maxSubjectDepth
    );
  }

  #roomAt(subject: string): Room {
    let room = this.#rooms.get(subject);
    if (room === undefined) {
      room = new Room({
        graceMs,
        later: this.#runtime.later,
        joined: (member) => this.#tell(subject, 'joined', member),
        left: (member) => {
          this.#tell(subject, 'left', member);
          if (this.count(subject) === 0) this.#rooms.delete(subject);
        },
      });
      this.#rooms.set(subject, room);
    }
    return room;
  }

  // Behind what the hub is about to do: it calls from the middle of it.
  #tell(subject: string, change: 'joined' | 'left', member: Member): void {
    const count = this.count(subject);
    this.#runtime.defer(() => {
      if (!this.#hub.closed)
        this.#hub.publish(presenceRoot + subject, { change, member: { ...member }, count });
    });
  }
}
