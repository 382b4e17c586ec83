import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { createHub, systemRuntime } from '@cometkit/handler';
import { createNodeHandler } from '@cometkit/node';
import { afterEach, describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

// The files of ours on the present stack, the outermost first.
function filesOnStack(): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error('here');
  Error.stackTraceLimit = stackTraceLimit;
  const found = [...stack.matchAll(/packages\/([^/\s]+)\/src\/([^\s:?]+\.ts)/g)].map(
    ([, name, path]) => `${name}/${path}`,
  );
  return [...new Set(found.reverse())];
}

// The files that the page draws on the road of an event.
function filesOnPage(): string[] {
  const [, road = ''] = /## The road of an event.*?```mermaid\n(.*?)```/s.exec(page) ?? [];
  return [...road.matchAll(/\[(\S+\.ts): /g)].map(([, file = '']) => file);
}

/** Publishes to some streams of node:http and takes the stacks where a flush is put off and where a socket is written to. */
async function deliver(patterns: readonly (readonly string[])[], subject: string): Promise<string[]> {
  const real = systemRuntime();
  let watching = false;
  const road: string[] = [];
  const note = () => {
    if (watching) road.push(...filesOnStack().filter((file) => !road.includes(file)));
  };
  const defer = (task: () => void) => {
    note();
    real.defer(task);
  };
  const hub = createHub();
  const serve = createNodeHandler(hub, { runtime: { ...real, defer }, path: '/', flushWindowMs: 0 });
  const server = createServer(serve);
  closing.push(
    () => serve.handler.close(),
    () => server.close(),
    () => hub.close(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const readers = await Promise.all(patterns.map(([first = '']) => open(port, first)));
  [...hub.sessions()].forEach((session, n) => {
    for (const pattern of patterns[n]?.slice(1) ?? []) hub.subscribe(session, pattern);
  });
  hub.publish('/news', 'at first');
  await Promise.all(readers.map((reader) => reader.hears('at first')));
  while (hub.stats().grouped < patterns.length) await new Promise((resolve) => setTimeout(resolve, 5));
  // A flush that is due already would take the event along.
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  const { write } = Socket.prototype;
  closing.push(() => {
    Socket.prototype.write = write;
  });
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
    note();
    return write.apply(this, args);
  } as typeof write;
  watching = true;
  hub.publish(subject, 'here it is');
  await Promise.all(readers.map((reader, n) => patterns[n]?.includes(subject) && reader.hears('here it is')));
  watching = false;
  return road;
}

async function open(port: number, pattern: string) {
  const url = `http://127.0.0.1:${port}/?subject=${pattern}&format=ndjson`;
  const response = await fetch(url);
  const stream = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  closing.push(() => stream?.cancel());
  let text = '';
  const hears = async (word: string) => {
    while (!text.includes(word)) {
      const read = await stream?.read();
      if (read === undefined || read.done) throw new Error(`ended without ${word}`);
      text += read.value;
    }
  };
  return { hears };
}

describe('the road of an event', () => {
  it('is the six files that the page draws, with two crossings between packages', async () => {
    const drawn = filesOnPage();
    expect(drawn).toHaveLength(6);
    expect(new Set(drawn.map((file) => file.split('/')[0])).size).toBe(3);
    expect(await deliver([['/news'], ['/news']], '/news')).toEqual(drawn);
  });

  it('is the same for a subject of one reader, and for readers who want more', async () => {
    expect(
      await deliver(
        [
          ['/news', '/users/1'],
          ['/news', '/users/2'],
        ],
        '/users/2',
      ),
    ).toEqual(filesOnPage());
    expect(
      await deliver(
        [
          ['/news', '/users/1'],
          ['/news', '/users/2'],
        ],
        '/news',
      ),
    ).toEqual(filesOnPage());
  });
});
