import { once } from 'node:events';
import type { Surroundings } from './surroundings.ts';

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

/** Writes lines: results to the standard output, everything else to the standard error. */
export class Terminal {
  readonly #surroundings: Surroundings;
  /** True when colours are shown: on a terminal, unless `NO_COLOR` is set. */
  readonly coloured: boolean;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const { stdout, env } = surroundings;
    this.coloured = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  /** True when a person looks at the standard output. */
  get interactive(): boolean {
    return this.#surroundings.stdout.isTTY === true;
  }

  /** Colours a text, where colours are shown. */
  paint(colour: keyof typeof colours, text: string): string {
    return this.coloured ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
  }

  /**
   * Writes a line of results.
   *
   * @returns a promise that waits while the reader is behind, so that nothing piles up here; not after an interrupt.
   */
  async out(line: string): Promise<void> {
    const { stdout, stop } = this.#surroundings;
    if (stdout.write(`${line}\n`) || stop.aborted) return;
    await once(stdout, 'drain', { signal: stop }).catch(() => undefined);
  }

  /** Writes a line that is no result. */
  say(line: string): void {
    this.#surroundings.stderr.write(`${line}\n`);
  }

  /** Clears the screen, where there is one. */
  clear(): void {
    if (this.interactive) this.#surroundings.stdout.write('\u001b[H\u001b[2J');
  }
}
