import type { JsonValue } from '@cometkit/core';
import type { Inbox } from '@cometkit/core/cluster';
import { RequestError } from './request-error.ts';

/** What the client of a session has answered. */
export interface GivenAnswer {
  readonly session: string;
  readonly data: JsonValue;
}

/** What the relay needs of its node. */
interface RelayParts {
  readonly node: string;
  readonly inbox: Inbox;
  later(task: () => void, delayMs: number): () => void;
  /** Takes an answer that came to another node. Returns false when nobody waits for it; a second time it says the same. */
  take(answer: GivenAnswer): boolean;
}

interface Waiting {
  /** Settles it; undefined when no word came. */
  done(taken: boolean | undefined): void;
}

// Ids that nodes give are such texts; whatever else a client makes of one must not get into the address of a letter.
const nodePattern = /^[\w-]{1,64}$/;
const againMs = 250;
const maxTries = 8;

/** Brings the answers of clients to the nodes that have asked. Letters may be lost: one is sent again until there is word of it. */
export class AnswerRelay {
  readonly #parts: RelayParts;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    parts.inbox.receive((text) => this.#read(text));
  }

  /**
   * Passes an answer on to the node that waits for it.
   *
   * @returns whether it was taken.
   * @throws {RequestError} `unconfirmed` — there is no word of that node.
   */
  async pass(node: string, answer: GivenAnswer): Promise<boolean> {
    if (!nodePattern.test(node)) return false;
    this.#last += 1;
    const number = this.#last;
    const { session, data } = answer;
    const letter = JSON.stringify(['answer', this.#parts.node, number, session, data]);
    const taken = await new Promise<boolean | undefined>((resolve) =>
      this.#send(node, number, letter, resolve),
    );
    if (taken === undefined) throw new RequestError('unconfirmed', 'the node that has asked says nothing');
    return taken;
  }

  #send(node: string, number: number, letter: string, resolve: (taken: boolean | undefined) => void): void {
    const { inbox, later } = this.#parts;
    let [tries, cancel] = [0, (): void => undefined];
    const done: Waiting['done'] = (taken) => {
      cancel();
      this.#waiting.delete(number);
      resolve(taken);
    };
    const send = (): void => {
      tries += 1;
      cancel = later(tries < maxTries ? send : () => done(undefined), againMs);
      inbox.send(node, letter);
    };
    this.#waiting.set(number, { done });
    send();
  }

  #read(text: string): void {
    const letter = lettersIn(text);
    if (letter === undefined) return;
    const [kind, ...rest] = letter;
    if (kind === 'taken') {
      const [number, taken] = rest as [number, boolean];
      this.#waiting.get(number)?.done(taken === true);
    } else if (kind === 'answer') {
      const [node, number, session, data] = rest as [string, number, string, JsonValue];
      const taken = this.#parts.take({ session, data });
      if (nodePattern.test(node)) this.#parts.inbox.send(node, JSON.stringify(['taken', number, taken]));
    }
  }
}

// Whoever writes to the engine may have written anything.
function lettersIn(text: string): readonly unknown[] | undefined {
  try {
    const letter: unknown = JSON.parse(text);
    return Array.isArray(letter) ? letter : undefined;
  } catch {
    return undefined;
  }
}
