import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block, blockAfter } from '../docs/blocks.ts';
import { shapesOfElements, shapesOfLines } from '../docs/shapes.ts';
import { Stage } from '../docs/stage.ts';
import { eventually } from '../support/eventually.ts';
import { nc, skipsNc } from '../support/nc.ts';

// A shell and a server are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/sockets.md';

/** A line of the guide in a shell, with somebody at the keyboard. */
class Terminal {
  readonly #shell: ChildProcessWithoutNullStreams;
  output = '';
  ended = false;

  constructor(line: string) {
    // A group of its own, for a shell does not end what it has started.
    this.#shell = spawn('sh', ['-c', line], { detached: true });
    this.#shell.stdout.on('data', (chunk: Buffer) => {
      this.output += chunk.toString('utf8');
    });
    this.#shell.on('close', () => {
      this.ended = true;
    });
    onTestFinished(() => {
      if (!this.ended && this.#shell.pid !== undefined) process.kill(-this.#shell.pid, 'SIGKILL');
    });
  }

  types(line: string): void {
    this.#shell.stdin.write(`${line}\n`);
  }

  /** Types Ctrl-D. */
  finishes(): void {
    this.#shell.stdin.end();
  }

  shows(text: string): Promise<boolean> {
    return eventually(`${text} in ${this.output}`, () => this.output.includes(text));
  }
}

describe.skipIf(skipsNc())(`the lines for nc in ${guide}`, () => {
  let stage: Stage;
  let port = 0;

  beforeAll(async () => {
    if (!build()) throw new Error('the packages do not build');
    stage = new Stage();
    const server = block(guide, 'server.mjs');
    // The UDP server is not meant here: any port will do for it.
    const address = await stage.serve({ ...server, text: server.text.replace('7844', '0') });
    port = Number(new URL(address).port);
  }, 60_000);
  afterAll(() => stage?.close());

  const typed = (hint: string) =>
    new Terminal(block(guide, hint).text.replace('nc localhost 7843', `${nc} localhost ${port}`));

  it('listen in JSON, publish, leave, and end', async () => {
    const terminal = typed("(echo '{");
    const shown = shapesOfLines(blockAfter(block(guide, "(echo '{")).text);
    await eventually('as many lines', () => terminal.output.split('\n').length > shown.length);
    expect(shapesOfLines(terminal.output).slice(0, shown.length)).toEqual(shown);
    const [publish, leave] = /`cat` lets you type on: `(.*?)`, or `(.*?)`/.exec(textAfter())?.slice(1) ?? [];
    terminal.types(publish ?? '');
    await terminal.shows('"type":"publish-ack"');
    terminal.types(leave ?? '');
    await terminal.shows('"type":"leave-ack"');
    terminal.finishes();
    await eventually('the end', () => terminal.ended);
  });

  it('listen in XML', async () => {
    const terminal = typed("(printf '<event");
    const shown = shapesOfElements(blockAfter(block(guide, "(printf '<event")).text);
    const documents = () => terminal.output.split('\0').slice(0, -1);
    await eventually('as many documents', () => documents().length >= shown.length);
    expect(shapesOfElements(documents().slice(0, shown.length).join('\n'))).toEqual(shown);
  });

  function textAfter(): string {
    return readFileSync(new URL(`../../${guide}`, import.meta.url), 'utf8');
  }
});
