import type { JsonValue } from '@cometkit/core';
import type { Failure } from '../errors.ts';
import { textOf, type WireEvent, type WireFields } from '../machine/wire.ts';
import type { Sink } from './transport.ts';

interface Waiting {
  readonly length: number;
  answered(event: WireEvent, size: number): void;
  end(failure: Failure): void;
}

// What is answered by one message, alone or in a batch, and may be carried out once at most: it has a message id.
const carried: ReadonlySet<unknown> = new Set(['publish', 'request']);
const answers: ReadonlySet<string> = new Set(['publish-ack', 'request-ack', 'batch-ack', 'refused']);
function answersIn({ fields }: WireEvent): WireEvent[] {
  return (fields.get('answers') as { type: string }[]).map(({ type, ...answer }) => ({
    event: type,
    fields: new Map(Object.entries(answer)),
  }));
}

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
   * Sends a command as a message. Who gives it up does not look at the answer, which still comes in its turn.
   *
   * @param limit - the longest message, in UTF-16 units.
   * @returns false when it has to be a request of its own: a command of another kind, or a long one.
   */
  carry(limit: number, fields: WireFields, { data, end }: Sink): boolean {
    const { commands } = fields;
    const { type } = commands ? Object((commands as JsonValue[])[0]) : fields;
    const text = carried.has(type) ? JSON.stringify(fields) : '';
    const { length } = text;
    if (!length || length > limit) return false;
    const answered = (event: WireEvent, size: number): void => {
      // A batch that is refused as a whole has no answers.
      const whole = commands && event.event === 'refused';
      if (!whole) data(commands ? answersIn(event) : [event], size);
      end(
        whole
          ? { code: 'refused', reason: textOf(event, 'reason'), serverCode: textOf(event, 'code') }
          : undefined,
      );
    };
    this.#waiting.push({ length, answered, end });
    this.#send(text);
    return true;
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
