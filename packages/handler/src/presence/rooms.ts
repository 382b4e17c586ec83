import type { Member, Session, Subscription } from '@cometkit/core';
import { contextOf } from '../session-context.ts';
import { Room, type RoomHost } from './room.ts';

/** What rooms do beside keeping who is in them. */
interface RoomsHost extends Pick<RoomHost, 'graceMs' | 'later'> {
  /** Returns whether who listens to a subject is there. */
  watches(subject: string): boolean;
  joined(subject: string, member: Member): void;
  left(subject: string, member: Member): void;
}

/** Which sessions of this process are where. */
export class Rooms {
  readonly #host: RoomsHost;
  readonly #rooms = new Map<string, Room>();
  /** Sessions whose client is there, also between two polls, and the rooms that they are in. */
  readonly #here = new Map<Session, Set<string>>();

  constructor(host: RoomsHost) {
    this.#host = host;
  }

  came(session: Session): void {
    if (!this.#here.has(session)) this.#here.set(session, new Set());
    this.#enter(session, this.#subjectsOf(session.subscriptions));
  }

  // A client that polls is away most of the time, and there until its lease ends.
  went(session: Session): void {
    if (contextOf(session)?.mode !== 'poll') this.gone(session);
  }

  /** A session is away, on another node, or has ended: its client may come back. */
  gone(session: Session): void {
    for (const subject of this.#here.get(session) ?? []) this.#rooms.get(subject)?.leave(session, false);
    this.#here.delete(session);
  }

  subscribed(session: Session, subscription: Subscription): void {
    if (this.#here.has(session)) this.#enter(session, this.#subjectsOf([subscription]));
  }

  // A session that has ended may be followed by another one of the same user.
  unsubscribed(session: Session, subscription: Subscription): void {
    const still = new Set(session.closed ? [] : this.#subjectsOf(session.subscriptions));
    const inside = this.#here.get(session);
    for (const subject of this.#subjectsOf([subscription])) {
      if (still.has(subject)) continue;
      inside?.delete(subject);
      this.#rooms.get(subject)?.leave(session, !session.closed);
    }
  }

  end(): void {
    for (const room of this.#rooms.values()) room.end();
    this.#rooms.clear();
    this.#here.clear();
  }

  #enter(session: Session, subjects: readonly string[]): void {
    for (const subject of subjects) {
      this.#here.get(session)?.add(subject);
      this.#roomAt(subject).enter(session);
    }
  }

  // A pattern with wildcards is no place to be at.
  #subjectsOf(subscriptions: readonly Subscription[]): string[] {
    const texts = subscriptions.flatMap(({ pattern, matching }) =>
      matching === 'path' ? pattern.split(',') : [],
    );
    return texts.filter((text) => !text.includes('*') && this.#host.watches(text));
  }

  #roomAt(subject: string): Room {
    let room = this.#rooms.get(subject);
    if (room === undefined) {
      const { graceMs, later } = this.#host;
      room = new Room({
        graceMs,
        later,
        joined: (member) => this.#host.joined(subject, member),
        left: (member) => {
          if (this.#rooms.get(subject)?.size === 0) this.#rooms.delete(subject);
          this.#host.left(subject, member);
        },
      });
      this.#rooms.set(subject, room);
    }
    return room;
  }
}
