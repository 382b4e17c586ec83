import { createInterface } from 'node:readline/promises';
import { Failure } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { type TemplateName, templateNames, templates } from './templates.ts';

/** Asks at a terminal. One after the other, each until its answer will do. */
export class Questions {
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** True when somebody sits there who can be asked. */
  get possible(): boolean {
    const { stdin, stdout } = this.#surroundings;
    return stdin.isTTY === true && stdout.isTTY === true;
  }

  /** Asks for the folder. @param fault - says why one will not do. */
  folder(fault: (folder: string) => string | undefined): Promise<string> {
    const usual = 'my-app';
    return this.#ask(`Folder (${usual}): `, (answer) => {
      const folder = answer || usual;
      const wrong = fault(folder);
      return wrong === undefined ? { value: folder } : { wrong };
    });
  }

  /** Asks for the template, by its number or its name. */
  template(): Promise<TemplateName> {
    const lines = templateNames.map(
      (name, at) => `  ${at + 1}  ${name.padEnd(12)}${templates[name].about}\n`,
    );
    return this.#ask(`${lines.join('')}Template (1): `, (answer) => {
      const at = /^\d+$/.test(answer || '1') ? Number(answer || '1') - 1 : -1;
      const value = templateNames.find((name, index) => index === at || name === answer.toLowerCase());
      return value ? { value } : { wrong: `it is one of ${templateNames.join(', ')}, or its number` };
    });
  }

  async #ask<Value>(
    question: string,
    read: (answer: string) => { readonly value: Value } | { readonly wrong: string },
  ): Promise<Value> {
    const { stdin: input, stdout: output, stop } = this.#surroundings;
    // An interface for each question: it takes Ctrl+C and Ctrl+D, and gives the terminal back.
    const lines = createInterface({ input, output, terminal: true });
    const closed = new AbortController();
    lines.once('close', () => closed.abort());
    try {
      for (;;) {
        const answer = await lines.question(question, { signal: AbortSignal.any([closed.signal, stop]) });
        const result = read(answer.trim());
        if ('value' in result) return result.value;
        output.write(`${result.wrong}\n`);
      }
    } catch (cause) {
      throw new Failure('interrupted; nothing was made', { cause });
    } finally {
      lines.close();
    }
  }
}
