import type { Cluster } from '@cometkit/core/cluster';
import { ClusterKeys } from '../cluster/keys.ts';
import { partOfInbox } from '../cluster/mail.ts';
import { NodeCalls } from './node-calls.ts';
import type { ProducedStream, StreamReader } from './produced-stream.ts';
import { RequestError, type Words, wordsIn } from './request-error.ts';
import { StreamPlaces } from './stream-places.ts';
import type { Surroundings } from './surroundings.ts';

/** What the way to the streams of other nodes needs of this one. */
interface Needs {
  readonly engine: Cluster;
  readonly surroundings: () => Surroundings;
  /** The stream of a subject at this node. */
  find(subject: string): ProducedStream | undefined;
}

type Said = { readonly value: unknown } | { readonly error: Words };

// While it runs, the record of a stream lives for so long, and is given more time so often, in milliseconds. It outlives its node by
// what is left.
const lifeMs = 180_000;
const renewMs = 60_000;
const againMs = 5000;
// 5 s: longer than a node is held up by its own work.
const maxTries = 20;
// Longer than that no stream's is, in UTF-16 units.
const longestId = 64;
const failure: Words = { code: 'failed', reason: 'the server failed; its log says why' };

/** The way to the streams that other nodes of a cluster run, and theirs to those of this one. */
export class StreamsElsewhere {
  readonly #needs: Needs;
  readonly #places: StreamPlaces;
  readonly #calls: NodeCalls;
  /** Pages that have been asked for, for all who want the same one. */
  readonly #reading = new Map<string, Promise<unknown>>();
  readonly #renewals = new Map<ProducedStream, () => void>();
  #closed = false;

  constructor(needs: Needs) {
    this.#needs = needs;
    const { node, sessions, inbox, secrets } = needs.engine;
    this.#places = new StreamPlaces(node, sessions, new ClusterKeys(secrets));
    this.#calls = new NodeCalls({
      node,
      inbox: partOfInbox(inbox, 's'),
      maxTries,
      later: (task, delayMs) => needs.surroundings().later(task, delayMs),
      answer: ([subject, data, reader]) => this.#answer(String(subject), data, reader as StreamReader),
    });
  }

  /** Lets other nodes find a stream: it resolves once they do, or once that has failed and is tried again later. */
  announce(stream: ProducedStream): Promise<void> {
    void stream.ended.then(() => this.#keep(stream, false));
    return this.#keep(stream, true);
  }

  /** Writes no more. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#renewals.values()) cancel();
    this.#renewals.clear();
  }

  /**
   * Asks the node that runs the stream of a subject.
   *
   * @returns undefined when no node does, or there is no word of it.
   * @throws {RequestError} what the stream says; `too-busy` — the engine is away.
   */
  async ask(
    subject: string,
    data: unknown,
    reader: StreamReader,
  ): Promise<{ readonly value: unknown } | undefined> {
    const node = await this.#places.nodeOf(subject).catch(() => {
      throw new RequestError('too-busy', 'this server has lost its connection to the others');
    });
    if (node === undefined) return undefined;
    const said = Object(await this.#said(node, subject, data, reader)) as Partial<
      Record<'value' | 'error', unknown>
    >;
    if (said.error !== undefined) {
      const { code, reason } = said.error as Words;
      throw new RequestError(code, reason);
    }
    return 'value' in said ? { value: said.value } : undefined;
  }

  #said(node: string, subject: string, data: unknown, { id, principal, data: known }: StreamReader) {
    const asked = questionIn(data);
    if (asked.stream !== 'read') return this.#calls.ask(node, subject, asked, { id, principal, data: known });
    // Who has been cut off comes back with many others.
    const page = JSON.stringify([node, subject, asked]);
    const said = this.#reading.get(page) ?? this.#calls.ask(node, subject, asked, { id });
    this.#reading.set(page, said);
    void said.finally(() => this.#reading.delete(page));
    return said;
  }

  async #answer(subject: string, data: unknown, reader: StreamReader): Promise<Said | null> {
    const stream = this.#needs.find(subject);
    if (stream === undefined) return null;
    try {
      return { value: (await stream.serve(data, reader)) ?? null };
    } catch (error) {
      const words = wordsIn(error);
      if (words === undefined) this.#needs.surroundings().report(error, `the stream of ${subject}`);
      return { error: words ?? failure };
    }
  }

  // One that has ended is written once more, with the time that is left.
  async #keep(stream: ProducedStream, begins: boolean): Promise<void> {
    this.#renewals.get(stream)?.();
    this.#renewals.delete(stream);
    if (this.#closed) return;
    const { running } = stream;
    const noted = await this.#places.note(stream, running ? lifeMs : stream.keepMs, begins).then(
      () => true,
      () => false,
    );
    const known = this.#needs.find(stream.subject) === stream;
    if (this.#closed || !known || running !== stream.running || (noted && !running)) return;
    const again = (): void => void this.#keep(stream, begins && !noted);
    this.#renewals.set(stream, this.#needs.surroundings().later(again, noted ? renewMs : againMs));
  }
}

// A letter may leave many times: a client must not make it longer than it has to be.
function questionIn(data: unknown) {
  const { stream, id, after } = Object(data) as Record<string, unknown>;
  const of = typeof id === 'string' ? id.slice(0, longestId) : '';
  return { stream, id: id === undefined ? id : of, after: Number.isSafeInteger(after) ? after : undefined };
}
