/**
 * Who is there: the members of a subject, as they come and go.
 *
 * @packageDocumentation
 */
import { ClientError } from './errors.ts';
import type { ClientItem } from './items.ts';
import type { PresenceClient } from './presence-client.ts';
import type { Subscription } from './subscription.ts';

/** Somebody who is at a subject: a user with however many sessions, or a session of nobody in particular. */
export interface Member {
  /** The principal, or the public id of the session. */
  readonly id: string;
  /** The user, as the server's join hook named it; absent for an anonymous session. */
  readonly principal?: string;
}

/** The members of one subject. */
export interface Presence {
  /** Who is there, in the order in which they came; another list after each change. Empty until `ready`. */
  readonly members: readonly Member[];
  /** Resolves when they are known. @throws {ClientError} the server refused. */
  readonly ready: Promise<void>;
  /** Why they are not known any more, or never were; undefined while all is well. */
  readonly error: ClientError | undefined;
  /** Calls back after each change, of the error too. @returns a function that stops it. */
  on(listener: () => void): () => void;
  /** Ends it. */
  close(): void;
}

interface Change {
  readonly change: 'joined' | 'left';
  readonly member: Member;
}

const root = '/$presence';

/**
 * Watches who is at a subject: who listens to exactly that. The hub needs a pattern for it in its option `presence`, and the subscribe
 * hook is asked for `/$presence` and the subject.
 *
 * @example
 * ```ts
 * const room = presence(client, '/rooms/7');
 * room.on(() => console.log(room.members.map(({ id }) => id)));
 * ```
 */
export function presence(client: PresenceClient, subject: string): Presence {
  return new SubjectPresence(client, subject);
}

class SubjectPresence implements Presence {
  members: readonly Member[] = [];
  error: ClientError | undefined = undefined;
  readonly ready: Promise<void>;
  readonly #client: PresenceClient;
  readonly #subject: string;
  readonly #subscription: Subscription<ClientItem>;
  readonly #listeners = new Set<() => void>();
  readonly #known = new Map<string, Member>();
  /** Changes that came while the members were asked for. */
  #held: Change[] | undefined = [];
  #asked = 0;
  /** The session in which they were asked for. */
  #askedIn: string | undefined;
  #settle: { readonly resolve: () => void; readonly reject: (error: ClientError) => void } | undefined;

  constructor(client: PresenceClient, subject: string) {
    this.#client = client;
    this.#subject = subject;
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Who does not look at it learns of it by `error`.
    this.ready.catch(() => undefined);
    this.#subscription = client.subscribe(root + subject, { gaps: true });
    this.#subscription.on((item) => {
      if (item.kind === 'gap') this.#ask();
      else this.#take(item.data as unknown as Change);
    });
    this.#subscription.watch(this.#check);
    client.on('joined', this.#check);
    this.#check();
  }

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#asked += 1;
    this.#client.off('joined', this.#check);
    this.#listeners.clear();
    this.#subscription.unsubscribe();
    this.#settle?.reject(new ClientError({ code: 'closed' }));
  }

  // In each session anew: the server may be another one.
  readonly #check = (): void => {
    const { confirmed, error } = this.#subscription;
    if (error) this.#fail(error);
    else if (confirmed && this.#client.id !== this.#askedIn) this.#ask();
  };

  #ask(): void {
    this.#asked += 1;
    const turn = this.#asked;
    this.#askedIn = this.#client.id;
    this.#held ??= [];
    this.#client.request(root, this.#subject).then(
      (answer) => {
        if (turn === this.#asked) this.#learn((answer as unknown as { members: Member[] }).members);
      },
      (error: ClientError) => {
        // What the end of a session interrupted is asked for again in the next one.
        if (turn === this.#asked && error.code !== 'unconfirmed') this.#fail(error);
      },
    );
  }

  #learn(members: readonly Member[]): void {
    this.#known.clear();
    for (const member of members) this.#known.set(keyOf(member), member);
    // Those of before the answer change nothing: what came last of a member counts.
    for (const change of this.#held ?? []) this.#apply(change);
    this.#held = undefined;
    this.error = undefined;
    this.#show();
    this.#settle?.resolve();
  }

  #take(change: Change): void {
    if (this.#held) this.#held.push(change);
    else {
      this.#apply(change);
      this.#show();
    }
  }

  #apply({ change, member }: Change): void {
    if (change === 'left') this.#known.delete(keyOf(member));
    else if (!this.#known.has(keyOf(member))) this.#known.set(keyOf(member), member);
  }

  #fail(error: ClientError): void {
    this.error = error;
    this.#settle?.reject(error);
    for (const listener of this.#listeners) listener();
  }

  #show(): void {
    this.members = [...this.#known.values()];
    for (const listener of this.#listeners) listener();
  }
}

// No user can be named as a session is.
function keyOf({ id, principal }: Member): string {
  return `${principal === undefined} ${id}`;
}
