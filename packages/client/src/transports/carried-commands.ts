import type { Failure } from '../errors.ts';
import { textOf, type WireEvent, type WireFields } from '../machine/wire.ts';
import type { Sink } from './transport.ts';

interface Waiting {
  readonly length: number;
  answered(event: WireEvent, size: number): void;
  end(failure: Failure): void;
}

// What is answered by one event, and may be carried out once at most: it has a message id.
const carried: ReadonlySet<unknown> = new Set(['publish', 'request']);
const answers: ReadonlySet<string> = new Set(['publish-ack', 'request-ack', 'refused']);
// Refusals with which a request would have had a status of 500 or more: the command is sent again.
const passing: ReadonlySet<string | undefined> = new Set([
  'internal',
  'too-busy',
  'too-many-sessions',
  'uncertain',
]);

/** The commands that wait for their answer on one socket, in the order in which they were sent, which is that of the answers. */
export class CarriedCommands {
  readonly #send: (text: string) => void;
  readonly #waiting: Waiting[] = [];

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** Length of the oldest command that has no answer, in UTF-16 units. */
  get length(): number | undefined {
    return this.#waiting[0]?.length;
  }

  /**
   * Sends a command as a message.
   *
   * @param limit - the longest message, in UTF-16 units.
   * @returns undefined when it has to be a request of its own: a command of another kind, or a long one.
   */
  carry(
    limit: number,
    fields: WireFields,
    signal: AbortSignal,
    data: Sink['data'],
  ): Promise<Failure | undefined> | undefined {
    if (!carried.has(fields['type']) || signal.aborted) return undefined;
    const text = JSON.stringify(fields);
    if (text.length > limit) return undefined;
    return new Promise((resolve) => {
      // Who gives up does not take the answer, which still comes in its turn.
      const aborted = (): void => resolve({ code: 'unreachable' });
      signal.addEventListener('abort', aborted);
      const end = (failure?: Failure): void => {
        signal.removeEventListener('abort', aborted);
        resolve(failure);
      };
      const answered = (event: WireEvent, size: number): void => {
        const serverCode = event.event === 'refused' ? textOf(event, 'code') : undefined;
        const again = passing.has(serverCode);
        if (!again && !signal.aborted) data([event], size);
        end(again ? { code: 'server', reason: textOf(event, 'reason'), serverCode } : undefined);
      };
      this.#waiting.push({ length: text.length, answered, end });
      this.#send(text);
    });
  }

  /** Takes the answer to the oldest command. Returns false for everything else. */
  take(event: WireEvent, size: number): boolean {
    if (!answers.has(event.event)) return false;
    const oldest = this.#waiting.shift();
    oldest?.answered(event, size);
    return oldest !== undefined;
  }

  /** Gives all of them up: whether they have arrived is not known. */
  cut(): void {
    for (const { end } of this.#waiting.splice(0)) end({ code: 'cut' });
  }
}
