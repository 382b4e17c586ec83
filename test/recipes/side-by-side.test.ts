import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { block } from '../docs/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { filesOfGuide } from '../support/guide.ts';
import { install } from '../support/install.ts';
import { onFreePort, Program } from '../support/program.ts';

// Two programs are started for each side, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const folder = await install(fileURLToPath(new URL('.', import.meta.url)), 'recipes');
const local = 'http://localhost:3000';
const programs: Program[] = [];

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.kill()));
});

function write(guide: string, file: string, text: string): string {
  const path = join(folder!, guide, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function start(path: string, args: readonly string[] = []): Program {
  const program = Program.start(dirname(path), [...args, path]);
  programs.push(program);
  return program;
}

/** A page, as far as these pages are: addresses are those of the server, and its EventSource sends a cookie. */
const page = (address: string, text: string): string => `
import { EventSource as Whole } from 'eventsource';
const cookies = (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie: 'user=ann' } });
class EventSource extends Whole {
  constructor(path) {
    super('${address}' + path, { fetch: cookies });
  }
}
${text.replaceAll("fetch('/", `fetch('${address}/`)}`;

/** Starts the server of a side and what the guide shows as its client. @returns the client. */
async function run(guide: string, side: string, client: string): Promise<Program> {
  const files = filesOfGuide(guide);
  const textOf = (file: string): string => {
    const text = files.get(file);
    if (text === undefined) throw new Error(`${guide} shows no ${file}`);
    return text;
  };
  const server = start(write(guide, `${side}/server.mjs`, textOf(`${side}/server.mjs`)), onFreePort);
  const address = await server.address();
  const text = textOf(client).replaceAll(local, address);
  const program = client.endsWith('page.js') ? page(address, text) : text;
  return start(write(guide, `${side}/client.mjs`, program));
}

const linesOf = (text: string): string[] => [...new Set(text.trim().split('\n'))].sort();

/** Waits until a program has printed the lines that a page shows, in any order, and nothing else. */
async function prints(program: Program, shown: string): Promise<void> {
  const expected = linesOf(shown);
  const complete = (): boolean => linesOf(program.output).length >= expected.length;
  await eventually('all lines', complete, 15_000).catch(() => undefined);
  expect(linesOf(program.output)).toEqual(expected);
}

describe.skipIf(folder === undefined)('the guide from Socket.IO', () => {
  const shown = block('docs/guides/from-socket-io.md', 'refused: please sign in').text;

  it.each(['socket.io', 'cometkit'])('shows a program with %s that prints what it says', async (side) => {
    await prints(await run('from-socket-io', side, `${side}/client.mjs`), shown);
  });
});

describe.skipIf(folder === undefined)('the guide from EventSource and better-sse', () => {
  const shown = block('docs/guides/from-eventsource.md', 'ordered: green').text;

  it.each([
    ['by-hand', 'before'],
    ['better-sse', 'before'],
    ['cometkit', 'cometkit'],
  ])('shows a program, %s, whose page prints what it says', async (side, shownBy) => {
    await prints(await run('from-eventsource', side, `${shownBy}/page.js`), shown);
  });
});

describe.skipIf(folder === undefined)('the guide from Pusher, Ably and Centrifugo', () => {
  const name = 'from-pusher-ably-centrifugo';

  it('shows a program whose client prints what it says', async () => {
    const shown = block(`docs/guides/${name}.md`, 'order: 7').text;
    await prints(await run(name, 'cometkit', 'cometkit/client.mjs'), shown);
  });

  it('shows programs of the services that can be read', () => {
    const services = [...filesOfGuide(name)].filter(([file]) => !file.startsWith('cometkit/'));
    expect(services).toHaveLength(6);
    for (const [file, text] of services) {
      const path = write(name, file.replace(/\.js$/, '.mjs'), text);
      const { stderr, status } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
      expect([file, status, stderr]).toEqual([file, 0, '']);
    }
  });
});
