import type { Hub, Session } from '@cometkit/core';
import { callback, checkOptions, count, flag, type RulesOf, suchAs } from '@cometkit/core/check-options';
import { eventsPerTurn, type Produced, released } from './produced.ts';
import { RequestError, wordsIn } from './request-error.ts';
import { isGivenUp, type Surroundings } from './surroundings.ts';

/** Who reads a stream, at this node or another one. */
export type StreamReader = Pick<Session, 'id' | 'principal' | 'data'>;

/** How a stream is kept, and who may end it. */
export interface StreamOptions {
  /** How long it can be read after its end, in milliseconds. @defaultValue 300 000 ms */
  readonly keepMs?: number | undefined;
  /** How much of it is kept for those who come late or come back, in characters of JSON; the oldest goes first. @defaultValue 1 048 576 */
  readonly maxKept?: number | undefined;
  /** Whether those who read it may end it, at any node: all of them, or those whom the function lets. @defaultValue false */
  readonly cancel?: boolean | ((reader: StreamReader) => boolean | Promise<boolean>) | undefined;
}

/** How a stream came to its end. */
export type StreamEnd = 'done' | 'failed' | 'cancelled';

/** Makes the values of a stream; the signal is aborted when the stream is cancelled. */
export type ProduceStream = Produced | ((wanted: { readonly signal: AbortSignal }) => Produced);

/** A stream on its way to whoever reads it. */
export interface ServerStream {
  readonly subject: string;
  /** Distinguishes it from other streams of the subject. */
  readonly id: string;
  /** Resolves when it has ended, however that came about. */
  readonly ended: Promise<StreamEnd>;
  /** Ends it: its producer is stopped, and its readers are told. */
  cancel(): void;
}

/** What each option of a stream may be. */
const streamRules: RulesOf<StreamOptions> = {
  keepMs: count,
  maxKept: count,
  cancel: suchAs('true, false or a function', (value) => flag.test(value) || callback.test(value)),
};
const usual = { keepMs: 300_000, maxKept: 1_048_576, cancel: false } as const;
// Timers of platforms end at once beyond it.
const longestMs = 2 ** 31 - 1;
// An answer is an event too: half of what the smallest usual bound of one allows.
const pageLength = 32_768;

type Told =
  | { readonly value: unknown }
  | { readonly end: StreamEnd; readonly code?: string; readonly reason?: string };

/** What a stream needs around it. */
export interface StreamSurroundings {
  readonly hub: Hub;
  readonly surroundings: () => Surroundings;
  /** Makes its id. */
  readonly randomId: () => string;
  /** Lets others find it. What it gives is waited for before the first value. */
  announce?(stream: ProducedStream): Promise<void> | undefined;
  /** Called when it can be read no more. */
  forget(): void;
}

/**
 * The values of one producer, numbered and kept.
 *
 * Each is an event of the subject, `{ stream, n, value }`, and so is the end, `{ stream, n, end }`. Who has missed some asks for them
 * with a request to the subject, as the client does by itself.
 */
export class ProducedStream implements ServerStream {
  readonly subject: string;
  readonly id: string;
  readonly ended: Promise<StreamEnd>;
  readonly #around: StreamSurroundings;
  readonly #options: StreamOptions;
  readonly #abort = new AbortController();
  readonly #kept: string[] = [];
  #keptLength = 0;
  #last = 0;
  #end: StreamEnd | undefined = undefined;
  #tellEnd!: (end: StreamEnd) => void;

  /** @throws {TypeError} an option is unknown or wrong, or nothing is given that could be iterated over. */
  constructor(subject: string, produce: ProduceStream, options: StreamOptions, around: StreamSurroundings) {
    checkOptions(options, streamRules);
    this.subject = subject;
    this.id = around.randomId();
    this.#around = around;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    const { signal } = this.#abort;
    const produced = typeof produce === 'function' ? () => produce({ signal }) : () => produce;
    void this.#run(produced);
  }

  /** True until it has ended. */
  get running(): boolean {
    return this.#end === undefined;
  }

  /** How long it can be read after its end, in milliseconds. */
  get keepMs(): number {
    return Math.min(this.#options.keepMs ?? usual.keepMs, longestMs);
  }

  cancel(): void {
    this.#finish({ end: 'cancelled' });
  }

  /**
   * Answers a reader who has subscribed: see {@link ProducedStream.serve}.
   *
   * @throws {RequestError} `not-subscribed`, and what that throws.
   */
  async answer(data: unknown, reader: Session): Promise<unknown> {
    if (reader.subscriptionFor(this.subject) === undefined)
      throw new RequestError('not-subscribed', 'only subscribers read a stream');
    return this.serve(data, reader);
  }

  /**
   * Serves a reader: `{ stream: 'read', id, after }` with what came after a number, `{ stream: 'cancel' }` by ending it.
   *
   * @throws {RequestError} `no-stream`, `trimmed`, `not-authorized`, `invalid-request`.
   */
  async serve(data: unknown, reader: StreamReader): Promise<unknown> {
    const { stream, id, after } = Object(data) as Record<string, unknown>;
    if (id !== undefined && id !== this.id) throw new RequestError('no-stream', 'that stream is over');
    if (stream === 'read' && Number.isSafeInteger(after) && (after as number) >= 0)
      return this.#page(after as number);
    if (stream !== 'cancel') throw new RequestError('invalid-request', 'a stream can be read and cancelled');
    const { cancel = usual.cancel } = this.#options;
    const allowed = typeof cancel === 'function' ? await cancel(reader) : cancel;
    if (allowed !== true) throw new RequestError('not-authorized', 'this stream is not yours to end');
    return this.cancel();
  }

  #page(after: number): { readonly parts: unknown[]; readonly more: boolean } {
    const dropped = this.#last - this.#kept.length;
    if (after < dropped) throw new RequestError('trimmed', 'the stream is longer than what is kept of it');
    const parts: unknown[] = [];
    let length = 0;
    for (const text of this.#kept.slice(after - dropped)) {
      length += text.length;
      if (length > pageLength && parts.length > 0) return { parts, more: true };
      parts.push(JSON.parse(text));
    }
    return { parts, more: false };
  }

  async #run(produced: () => Produced): Promise<void> {
    const { signal } = this.#abort;
    const report = (error: unknown): void => this.#report(error);
    try {
      // In a turn of its own: who starts it must not get its error.
      await this.#around.announce?.(this);
      if (signal.aborted) return;
      for await (const value of released(produced(), signal, report)) {
        if (signal.aborted) return;
        this.#tell({ value: value ?? null });
        if (this.#last % eventsPerTurn === 0) await this.#turn();
      }
      this.#finish({ end: 'done' });
    } catch (error) {
      const words = wordsIn(error);
      if (words === undefined) report(error);
      this.#finish({ end: 'failed', ...words });
    }
  }

  #finish(told: Told & { readonly end: StreamEnd }): void {
    if (!this.running) return;
    this.#end = told.end;
    try {
      this.#tell(told);
    } catch (error) {
      this.#report(error);
    }
    this.#abort.abort();
    this.#around.surroundings().later(this.#around.forget, this.keepMs);
    this.#tellEnd(told.end);
  }

  #tell(told: Told): void {
    const part = { stream: this.id, n: this.#last + 1, ...told };
    this.#around.hub.publish(this.subject, part);
    this.#last += 1;
    const text = JSON.stringify(part);
    this.#kept.push(text);
    this.#keptLength += text.length;
    const { maxKept = usual.maxKept } = this.#options;
    while (this.#keptLength > maxKept && this.#kept.length > 1)
      this.#keptLength -= this.#kept.shift()?.length ?? 0;
  }

  #report(error: unknown): void {
    if (isGivenUp(error, this.#abort.signal)) return;
    this.#around.surroundings().report(error, `the stream of ${this.subject}`);
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#around.surroundings().defer(resolve));
  }
}
