import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Deadline } from '../deadline.ts';
import { faultOf } from '../unreachable.ts';
import { type Asked, decoded, type Target } from './asking.ts';
import type { Message } from './messages.ts';
import { messageOf } from './messages.ts';

/** A message, and when it came, in milliseconds of a clock that only goes forward. */
export interface Arrival {
  readonly at: number;
  readonly message: Message;
}

const maxChars = 1024 * 1024;

/** A stream of messages that somebody looks at from the side. */
export class Channel {
  readonly #life: Deadline;
  readonly #arrivals: Arrival[] = [];
  readonly #watchers = new Set<() => void>();
  #response: IncomingMessage | undefined;
  #rest = '';
  #chars = 0;
  /** When its head came, or undefined. */
  headAt: number | undefined;
  /** When it was over, or undefined while it is not. */
  endedAt: number | undefined;
  /** What ended it, if it did not end by itself. */
  fault: string | undefined;

  constructor(target: Target, asked: Asked) {
    this.#life = new Deadline(target.stop);
    void this.#run(target, asked, this.#life.signal);
  }

  /** Status of the answer; 0 until it is there. */
  get status(): number {
    return this.#response?.statusCode ?? 0;
  }

  /** Headers of the answer; none until it is there. */
  get headers(): IncomingMessage['headers'] {
    return this.#response?.headers ?? {};
  }

  /**
   * Waits for a message.
   *
   * @returns undefined when it does not come in so many milliseconds, or the channel is over before.
   */
  until(wanted: (arrival: Arrival) => boolean, withinMs: number): Promise<Arrival | undefined> {
    return new Promise((resolve) => {
      const settle = (found: Arrival | undefined): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(found);
      };
      const look = (): void => {
        const found = this.#arrivals.find(wanted);
        if (found !== undefined || this.endedAt !== undefined) settle(found);
      };
      const timer = setTimeout(() => settle(undefined), withinMs);
      this.#watchers.add(look);
      look();
    });
  }

  close(): void {
    this.#life.abort();
  }

  async #run(target: Target, asked: Asked, signal: AbortSignal): Promise<void> {
    try {
      this.#response = await target.begin(asked, signal);
      this.headAt = performance.now();
      await this.#read(decoded(this.#response));
    } catch (error) {
      this.fault = faultOf(error);
    }
    this.#life.end();
    this.endedAt = performance.now();
    this.#tell();
  }

  async #read(body: Readable): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const text = decoder.decode(chunk, { stream: true });
      this.#chars += text.length;
      if (this.#chars > maxChars) throw Object.assign(new Error('too much'), { code: 'too much' });
      this.#take(text, performance.now());
    }
  }

  #take(text: string, at: number): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = messageOf(line.replace(/^data: /, ''));
      if (message !== undefined) this.#arrivals.push({ at, message });
    }
    this.#tell();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
