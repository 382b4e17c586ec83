import type { JsonValue } from '@cometkit/core';
import type { Inbox } from '@cometkit/core/cluster';
import type { ClusterKeys } from '../cluster/keys.ts';
import { NodeCalls } from './node-calls.ts';
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

const maxTries = 8;

/** Brings the answers of clients to the nodes that have asked. */
export class AnswerRelay {
  readonly #parts: RelayParts;
  readonly #calls: NodeCalls;
  #own: Promise<string> | undefined = undefined;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#calls = new NodeCalls({
      ...parts,
      maxTries,
      answer: ([session, data], bearer) =>
        parts.take({ session: String(session), data: (data ?? null) as JsonValue }, bearer),
    });
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
  async pass(messageId: string, { session, data }: GivenAnswer): Promise<Taken | undefined> {
    const [, node, mark, ...rest] = messageId.split('.');
    if (node === undefined || mark === undefined || node === this.#parts.node) return undefined;
    // A name that no node has signed is one that the client made up: no letter goes there.
    if (rest.length > 0 || !(await this.#parts.keys.nodeMarks(node)).includes(mark)) return null;
    const taken = await this.#calls.ask(node, session, data);
    if (taken === undefined) throw new RequestError('unconfirmed', 'the node that has asked says nothing');
    return typeof taken === 'boolean' ? taken : null;
  }
}
