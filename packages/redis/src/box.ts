import type { Inbox } from '@cometkit/core/cluster';
import type { Commands } from './commands.ts';
import type { Reply } from './connection.ts';
import type { Keys } from './keys.ts';

const letters = '1000';
const letterMs = 30_000;
/** A box that is written to lives on; nobody needs to say so at each letter. */
const renewMs = letterMs / 3;

/** Letters in Redis: a short stream for each node, which its reader follows beside the log. */
export class RedisInbox implements Inbox {
  readonly #commands: Commands;
  readonly #keys: Keys;
  readonly key: string;
  #from = '0-0';
  #listener: ((text: string) => void) | undefined;
  // When this node has let a box live on, in monotonic milliseconds.
  readonly #renewed = new Map<string, number>();

  constructor(node: string, commands: Commands, keys: Keys) {
    this.#commands = commands;
    this.#keys = keys;
    this.key = keys.box(node);
  }

  /** Where the next read begins. */
  get from(): string {
    return this.#from;
  }

  receive(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  send(node: string, text: string): void {
    const box = this.#keys.box(node);
    // Letters may be lost; the commands have told why.
    this.#commands.send('XADD', box, 'MAXLEN', '~', letters, '*', 't', text).catch(() => undefined);
    if (this.#isOld(box)) this.#commands.send('PEXPIRE', box, String(letterMs)).catch(() => undefined);
  }

  /** Takes what a read has brought. */
  take(entries: Reply): void {
    for (const entry of Array.isArray(entries) ? (entries as readonly Reply[]) : []) {
      const [id, fields] = Array.isArray(entry) ? (entry as readonly Reply[]) : [];
      this.#from = String(id);
      const text = Array.isArray(fields) ? (fields as readonly Reply[])[1] : undefined;
      if (typeof text === 'string') this.#listener?.(text);
    }
  }

  /** The box may be a new one, whose ids are lower. */
  begin(): void {
    this.#from = '0-0';
  }

  #isOld(box: string): boolean {
    const now = performance.now();
    if (now - (this.#renewed.get(box) ?? Number.NEGATIVE_INFINITY) < renewMs) return false;
    // Whoever has not been written to for long has gone.
    for (const [known, at] of this.#renewed) if (now - at > letterMs) this.#renewed.delete(known);
    this.#renewed.set(box, now);
    return true;
  }
}
