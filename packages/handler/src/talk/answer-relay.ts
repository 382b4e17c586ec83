import type { JsonValue } from '@cometkit/core';
import type { Inbox } from '@cometkit/core/cluster';
import type { ClusterKeys } from '../cluster/keys.ts';
import { RequestError } from './request-error.ts';

/** What the client of a session has answered. */
export interface GivenAnswer {
  readonly session: string;
  readonly data: JsonValue;
}

/** What became of an answer: true when it was taken, false when another tab was first, null when nobody waits for it. */
export type Taken = boolean | null;

/** What the relay needs of its node. */
interface RelayParts {
  readonly node: string;
  readonly inbox: Inbox;
  /** The marks of the nodes: see {@link ClusterKeys.nodeMarks}. */
  readonly keys: Pick<ClusterKeys, 'nodeMarks'>;
  later(task: () => void, delayMs: number): () => void;
  /** Takes an answer that came to another node. A second time it says the same. @param bearer - the same for one letter and its repeats. */
  take(answer: GivenAnswer, bearer: string): Taken;
}

interface Waiting {
  /** Settles it; undefined when no word came. */
  done(taken: Taken | undefined): void;
}

// Whoever writes to the engine may have written anything.
const nodePattern = /^[\w-]{1,64}$/;
const againMs = 250;
const maxTries = 8;

/** Brings the answers of clients to the nodes that have asked. Letters may be lost: one is sent again until there is word of it. */
export class AnswerRelay {
  readonly #parts: RelayParts;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #own: Promise<string> | undefined = undefined;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    parts.inbox.receive((text) => this.#read(text));
  }

  /** Makes the id of a request that its client brings back with the answer: it names this node, in a way that nobody else can. */
  async signed(id: string): Promise<string> {
    const { keys, node } = this.#parts;
    // Made once: what is asked first goes out first.
    this.#own ??= keys.nodeMarks(node).then(([mark]) => `${node}.${mark}`);
    return `${id}.${await this.#own}`;
  }

  /**
   * Passes an answer on to the node that waits for it, if the id of the request names one.
   *
   * @returns undefined when it names none, or this one.
   * @throws {RequestError} `unconfirmed` — there is no word of that node.
   */
  async pass(messageId: string, answer: GivenAnswer): Promise<Taken | undefined> {
    const [, node, mark, ...rest] = messageId.split('.');
    if (node === undefined || mark === undefined || node === this.#parts.node) return undefined;
    // A name that no node has signed is one that the client made up: no letter goes there.
    if (rest.length > 0 || !(await this.#parts.keys.nodeMarks(node)).includes(mark)) return null;
    return this.#deliver(node, answer);
  }

  async #deliver(node: string, answer: GivenAnswer): Promise<Taken> {
    this.#last += 1;
    const number = this.#last;
    const { session, data } = answer;
    const letter = JSON.stringify(['answer', this.#parts.node, number, session, data]);
    const taken = await new Promise<Taken | undefined>((resolve) =>
      this.#send(node, number, letter, resolve),
    );
    if (taken === undefined) throw new RequestError('unconfirmed', 'the node that has asked says nothing');
    return taken;
  }

  #send(node: string, number: number, letter: string, resolve: Waiting['done']): void {
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
      const [number, taken] = rest as [number, unknown];
      this.#waiting.get(number)?.done(typeof taken === 'boolean' ? taken : null);
    } else if (kind === 'answer') {
      const [node, number, session, data] = rest as [string, number, string, JsonValue];
      const taken = this.#parts.take({ session, data }, `${node} ${number}`);
      if (nodePattern.test(node)) this.#parts.inbox.send(node, JSON.stringify(['taken', number, taken]));
    }
  }
}

function lettersIn(text: string): readonly unknown[] | undefined {
  try {
    const letter: unknown = JSON.parse(text);
    return Array.isArray(letter) ? letter : undefined;
  } catch {
    return undefined;
  }
}
