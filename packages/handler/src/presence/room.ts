import type { Member, Session } from '@cometkit/core';
import { keyOf } from '../roll/register.ts';

interface Seat {
  readonly member: Member;
  readonly sessions: Set<Session>;
  /** Cancels what will count them as gone. */
  stay: (() => void) | undefined;
}

/** What a room does beside keeping its members. */
export interface RoomHost {
  readonly graceMs: number;
  later(task: () => void, delayMs: number): () => void;
  joined(member: Member): void;
  left(member: Member): void;
}

/** Who is at one subject of this process, and by which sessions. */
export class Room {
  readonly #host: RoomHost;
  readonly #seats = new Map<string, Seat>();

  constructor(host: RoomHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#seats.size;
  }

  /** A session is here: its member has joined, unless it was here less than the grace ago. */
  enter(session: Session): void {
    const member = memberOf(session);
    const known = this.#seats.get(keyOf(member));
    known?.stay?.();
    if (known !== undefined) {
      known.stay = undefined;
      known.sessions.add(session);
      return;
    }
    this.#seats.set(keyOf(member), { member, sessions: new Set([session]), stay: undefined });
    this.#host.joined(member);
  }

  /**
   * A session is here no more.
   *
   * @param atOnce - the client has said so: its member has left, unless another session of it is here.
   */
  leave(session: Session, atOnce: boolean): void {
    const key = keyOf(memberOf(session));
    const seat = this.#seats.get(key);
    if (seat === undefined) return;
    seat.sessions.delete(session);
    if (seat.sessions.size > 0) return;
    seat.stay?.();
    const gone = (): void => {
      this.#seats.delete(key);
      this.#host.left(seat.member);
    };
    if (atOnce) gone();
    else seat.stay = this.#host.later(gone, this.#host.graceMs);
  }

  /** Nobody is waited for any more. */
  end(): void {
    for (const { stay } of this.#seats.values()) stay?.();
    this.#seats.clear();
  }
}

function memberOf({ id, principal }: Session): Member {
  return principal === undefined ? { id } : { id: principal, principal };
}
