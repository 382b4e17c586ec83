import type { Client, ClientItem } from '@cometkit/client';
import { reasonOf, sentenceOf } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { visible } from '../visible.ts';

/** What of the options a watch reads. */
interface WatchOptions {
  readonly quiet?: boolean;
  readonly timeout?: number;
}

/** Tells what happens to a connection, counts what it brings, and knows when to give up. */
export class Watch {
  readonly #client: Client;
  readonly #over = new AbortController();
  readonly #begin = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #gaps = 0;
  #reconnects = 0;
  #lastTrouble: string | undefined;
  #cursor: string | undefined;
  /** Events so far. */
  events = 0;
  /** Why it gave up: a sentence; undefined if it did not. */
  why: string | undefined;

  constructor(client: Client, terminal: Terminal, { quiet = false, timeout }: WatchOptions) {
    this.#client = client;
    const say = (line: string): void => {
      if (!quiet) terminal.say(terminal.paint('dim', line));
    };
    client.on('transport', (transport, reason) => say(`-- over ${transport} (${reason})`));
    client.on('state', (state) => {
      if (state === 'open') say(`-- open, session ${visible(client.id ?? '', 64)}`);
      this.#limit(timeout);
    });
    client.on('reconnecting', (error, delayMs) => {
      this.#reconnects += 1;
      this.#lastTrouble = sentenceOf(error);
      say(`-- ${reasonOf(error)}; trying again in ${(delayMs / 1000).toFixed(1)} s`);
    });
    client.on('error', (error) => {
      this.#lastTrouble = sentenceOf(error);
      if (client.state === 'closed' || error.code === 'redirected') this.#giveUp(this.#lastTrouble);
    });
    this.#limit(timeout);
  }

  /** Aborted when nothing more is to be had. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Counts an item that is about to be shown. */
  count(item: ClientItem): void {
    if (item.kind === 'gap') this.#gaps += 1;
    else this.events += 1;
    this.#cursor = item.cursor;
  }

  /** What it comes to: one line. */
  summary(): string {
    clearTimeout(this.#timer);
    const seconds = ((performance.now() - this.#begin) / 1000).toFixed(1);
    const parts = [many(this.events, 'event'), many(this.#gaps, 'gap'), many(this.#reconnects, 'reconnect')];
    const cursor =
      this.#cursor === undefined ? '' : `; go on where it ended: --since ${visible(this.#cursor, 100)}`;
    return `-- ${parts.join(', ')} in ${seconds} s${cursor}`;
  }

  // The time runs while there is no connection.
  #limit(seconds: number | undefined): void {
    if (this.#client.state === 'open') {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else if (seconds !== undefined) {
      const late = (): void =>
        this.#giveUp(`no connection for ${seconds} s: ${this.#lastTrouble ?? 'nothing answers'}`);
      this.#timer ??= setTimeout(late, seconds * 1000);
    }
  }

  #giveUp(why: string): void {
    this.why ??= why;
    this.#over.abort();
  }
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
