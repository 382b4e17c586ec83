import http, { OutgoingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import type { Outlet } from '@cometkit/handler';
import { createHub, createNodeHandler } from '@cometkit/node';
import { eventually } from '@cometkit/testkit';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { toChunk } from '../../packages/node/src/chunk.ts';
import { outletOf } from '../../packages/node/src/outlet.ts';
import { ResponseOwner } from '../../packages/node/src/response-owner.ts';
import { SocketOutlet } from '../../packages/node/src/socket-outlet.ts';
import { Certificate } from '../support/certificate.ts';
import { disposableServer } from '../support/disposable-server.ts';
import { connectRaw, type RawSocket, rawGet } from '../support/raw-socket.ts';

const query = '/push?type=join-listen&subject=/a&format=ndjson';

/** The chunks of a raw answer, as far as they are whole. @throws throws for what is no chunk. */
function chunksOf(raw: string): string[] {
  const chunks: string[] = [];
  let rest = raw.slice(raw.indexOf('\r\n\r\n') + 4);
  for (let end = rest.indexOf('\r\n'); end > 0; end = rest.indexOf('\r\n')) {
    const size = /^[0-9a-f]+$/.test(rest.slice(0, end))
      ? Number.parseInt(rest.slice(0, end), 16)
      : Number.NaN;
    expect(size).not.toBeNaN();
    if (rest.length < end + 2 + size + 2) break;
    expect(rest.slice(end + 2 + size, end + 4 + size)).toBe('\r\n');
    chunks.push(rest.slice(end + 2, end + 2 + size));
    rest = rest.slice(end + 4 + size);
    if (size === 0) break;
  }
  return chunks;
}

/** Opens a stream whose response a test may look at and spoil. */
async function open(wrap: (listener: RequestListener) => RequestListener = (listener) => listener) {
  const hub = createHub();
  const opened: { response?: ServerResponse } = {};
  const handler = createNodeHandler(hub);
  const server = await disposableServer(
    wrap((request, response) => {
      opened.response = response;
      handler(request, response);
    }),
  );
  const socket = await connectRaw(server.port);
  socket.write(rawGet(query));
  await socket.until('"heartbeat"');
  const { response } = opened;
  if (response === undefined) throw new Error('no response');
  const end = async () => {
    socket.reset();
    await server.close();
  };
  return { hub, response, socket, end };
}

async function publishAndSee({ hub, socket }: { hub: ReturnType<typeof createHub>; socket: RawSocket }) {
  hub.publish('/a', 'seen');
  await socket.until('"seen"');
}

describe('what the way past response.write relies on in Node', () => {
  it('response.write and end of a plain response are those of OutgoingMessage, in Express too', async () => {
    const listeners = [express().use((_request, response) => void response.end('x')) as RequestListener];
    for (const listener of listeners) {
      const server = http.createServer((request, response) => {
        listener(request, response);
        expect(response.write).toBe(OutgoingMessage.prototype.write);
        expect(response.end).toBe(OutgoingMessage.prototype.end);
      });
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      expect(await answer.text()).toBe('x');
      server.closeAllConnections();
      server.close();
    }
  });

  it('a response without content-length says that it is chunked, and its head is on the socket after flushHeaders', async () => {
    const stage = await open();
    expect(stage.response.chunkedEncoding).toBe(true);
    expect(stage.socket.text).toMatch(/\r\ntransfer-encoding: chunked\r\n/i);
    await stage.end();
  });

  it('the end of a response is told before end returns', async () => {
    const stage = await open();
    let told = false;
    stage.response.once('prefinish', () => {
      told = true;
    });
    stage.response.end();
    expect(told).toBe(true);
    await stage.end();
  });

  it('bytes that the kernel took at once are not in writableLength after write', async () => {
    const stage = await open();
    const socket = stage.response.socket as Socket;
    await eventually('what was written is out', () => socket.writableLength === 0);
    socket.write(toChunk(Buffer.from('{}\n')));
    expect(socket.writableLength).toBe(0);
    await stage.end();
  });
});

describe('a plain stream', () => {
  it('is written to without callbacks while nothing waits, though its head was held back for a moment', async () => {
    const stage = await open();
    const socket = stage.response.socket as Socket;
    await eventually('what was written is out', () => socket.writableLength === 0);
    const counts: number[] = [];
    const { write } = socket;
    socket.write = ((...given: Parameters<typeof write>) => {
      counts.push(given.length);
      return write.apply(socket, given);
    }) as never;
    await publishAndSee(stage);
    expect(counts).toEqual([1]);
    await stage.end();
  });

  it('is in its group when its answer has begun: what is said first leaves with the head, and nothing is waited for', async () => {
    const seen: unknown[] = [];
    const stage = await open((listener) => (request, response) => {
      const { write } = request.socket;
      request.socket.write = ((...given: Parameters<typeof write>) => {
        seen.push(typeof given.at(-1) === 'function' ? 'a callback' : 'a part');
        return write.apply(request.socket, given);
      }) as never;
      listener(request, response);
      seen.push(request.socket.writableLength, request.socket.writableCorked);
    });
    expect(seen).toEqual(['a part', 'a part', 0, 0]);
    expect(stage.hub.stats().grouped).toBe(1);
    await stage.end();
  });

  it('goes to the socket in whole chunks, ends with the last chunk, and leaves the connection usable', async () => {
    const stage = await open();
    const { response } = stage;
    const written: string[] = [];
    response.write = ((chunk: string) => written.push(chunk)) as never;
    await publishAndSee(stage);
    expect(written).toEqual([]);
    for (const session of stage.hub.sessions()) stage.hub.leave(session);
    await eventually('it has ended', () => chunksOf(stage.socket.text).at(-1) === '');
    const lines = chunksOf(stage.socket.text).join('').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(['join-listen-ack', 'heartbeat', 'data']);
    stage.socket.write(rawGet('/push?type=join&format=ndjson'));
    await stage.socket.until('"join-ack"');
    await stage.end();
  });

  it('writes nothing more once somebody else has ended the response', async () => {
    const stage = await open();
    const before = stage.socket.text;
    stage.response.end();
    stage.hub.publish('/a', 'too late');
    await eventually('the channel is released', () => stage.hub.stats().attached === 0);
    await eventually('the last chunk is there', () => chunksOf(stage.socket.text).at(-1) === '');
    expect(stage.socket.text.slice(before.length)).not.toContain('too late');
    await stage.end();
  });

  it('has an outlet that takes nothing once somebody else has ended the response', async () => {
    const opened: { outlet?: Outlet } = {};
    const server = await disposableServer((_request, response) => {
      response.writeHead(200);
      response.flushHeaders();
      opened.outlet = outletOf(response);
      response.end();
    });
    const socket = await connectRaw(server.port);
    socket.write(rawGet('/'));
    await socket.until('0\r\n\r\n');
    expect(opened.outlet).toBeInstanceOf(SocketOutlet);
    expect(opened.outlet?.write(Buffer.from('too late'))).toBe(false);
    socket.reset();
    await server.close();
  });

  it('shares one buffer between all who are given the same bytes', () => {
    const one = Buffer.from('one');
    const two = Buffer.from('two');
    const [first, second] = [toChunk(one), toChunk(two)];
    expect(toChunk(one)).toBe(first);
    expect(toChunk(two)).toBe(second);
    expect(first.toString()).toBe('3\r\none\r\n');
  });

  it('counts what was lost with the socket as pending, though the socket calls back as if it had left', async () => {
    const stage = await open();
    const socket = stage.response.socket as Socket;
    stage.socket.socket.pause();
    const outlet = new SocketOutlet(new ResponseOwner(stage.response), socket);
    let drained = 0;
    const closed = new Promise<void>((resolve) => {
      outlet.watch({
        drained: () => {
          drained += 1;
        },
        closed: resolve,
      });
    });
    const large = Buffer.alloc(1 << 20, 'x');
    for (let n = 0; n < 64 && outlet.pendingBytes === 0; n += 1) outlet.write(Buffer.from(large));
    const pending = outlet.pendingBytes;
    expect(pending).toBeGreaterThan(0);
    expect(outlet.write(Buffer.from('more'))).toBe(false);
    outlet.destroy();
    await closed;
    expect(outlet.pendingBytes).toBeGreaterThanOrEqual(pending);
    expect(drained).toBe(0);
    await stage.end();
  });

  it('never counts as left what was written to a connection that is already reset', async () => {
    const stage = await open();
    const outlet = new SocketOutlet(new ResponseOwner(stage.response), stage.response.socket as Socket);
    const closed = new Promise<void>((resolve) => {
      outlet.watch({ drained: () => undefined, closed: resolve });
    });
    stage.socket.reset();
    // The reset has come in and nobody has read it: the first write fails at once, before the socket knows.
    expect(outlet.write(Buffer.from('x'))).toBe(false);
    expect(outlet.write(Buffer.from('more'))).toBe(false);
    expect(outlet.pendingBytes).toBeGreaterThanOrEqual(5);
    await closed;
    expect(outlet.pendingBytes).toBeGreaterThanOrEqual(5);
    await stage.end();
  });
});

describe('a reader that takes nothing', () => {
  it('holds at most 64 KiB of the process, however much is published, and nobody else waits for it', async () => {
    const hub = createHub();
    const server = await disposableServer(createNodeHandler(hub));
    const held: Socket[] = [];
    server.server.on('connection', (socket) => held.push(socket));
    const dead = await Promise.all(Array.from({ length: 5 }, () => connectRaw(server.port)));
    for (const { socket } of dead) socket.pause();
    for (const socket of dead) socket.write(rawGet(query));
    await eventually('all are open', () => hub.stats().attached === dead.length);
    const alive = await connectRaw(server.port);
    alive.write(rawGet(query));
    await alive.until('"heartbeat"');
    const filler = 'x'.repeat(8000);
    let most = 0;
    for (let n = 0; n < 1500; n += 1) {
      hub.publish('/a', { n, filler });
      if (n % 50 === 49) {
        await eventually('the living reader has them all', () => alive.text.length > (n + 1) * filler.length);
        most = Math.max(most, ...held.map(({ writableLength }) => writableLength));
      }
    }
    expect(held.filter(({ writableLength }) => writableLength > 0)).toHaveLength(dead.length);
    expect(most).toBeLessThanOrEqual(65_536);
    for (const socket of [...dead, alive]) socket.reset();
    await server.close();
  });
});

describe('a stream falls back to response.write', () => {
  const wraps: Record<string, (response: ServerResponse) => void> = {
    'behind a write of its own': (response) => {
      const { write } = response;
      response.write = ((...args: never[]) => Reflect.apply(write, response, args)) as never;
    },
    'behind an end of its own': (response) => {
      const { end } = response;
      response.end = ((...args: never[]) => Reflect.apply(end, response, args)) as never;
    },
    'with a content-encoding': (response) => {
      response.setHeader('content-encoding', 'identity');
    },
  };
  it.each(Object.keys(wraps))('%s', async (name) => {
    const stage = await open((listener) => (request, response) => {
      wraps[name]?.(response);
      listener(request, response);
    });
    expect(outletOf(stage.response)).not.toBeInstanceOf(SocketOutlet);
    await publishAndSee(stage);
    expect(chunksOf(stage.socket.text).length).toBeGreaterThan(1);
    await stage.end();
  });
});

/** Serves a hub over TLS, with a certificate of its own. */
async function serveTls() {
  const certificate = new Certificate();
  const hub = createHub();
  const credentials = { key: certificate.key, cert: certificate.cert };
  certificate.remove();
  const server = https.createServer(credentials, createNodeHandler(hub));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const connect = async () => {
    const reader = { text: '' };
    const socket = tls.connect({ port, host: '127.0.0.1', ca: credentials.cert, servername: 'localhost' });
    socket.setEncoding('latin1').on('data', (chunk) => {
      reader.text += chunk;
    });
    socket.write(rawGet(query));
    await eventually('it is open', () => reader.text.includes('"heartbeat"'));
    return Object.assign(reader, { end: () => socket.destroy() });
  };
  const end = () => {
    server.closeAllConnections();
    server.close();
    hub.close();
  };
  return { hub, connect, end };
}

function numbersOf({ text }: { readonly text: string }): unknown[] {
  const lines = chunksOf(text).join('').trimEnd().split('\n').slice(2);
  return lines.map((line) => JSON.parse(line).data.n);
}

describe('a stream over TLS', () => {
  it('comes event by event and in whole chunks', async () => {
    const { hub, connect, end } = await serveTls();
    const reader = await connect();
    for (let n = 0; n < 200; n += 1) hub.publish('/a', { n, filler: 'x'.repeat(500) });
    await eventually('all are there', () => reader.text.includes('"n":199,'));
    expect(numbersOf(reader)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    reader.end();
    end();
  });

  it('shares a delivery group with others, and counts as received what has left', async () => {
    const { hub, connect, end } = await serveTls();
    const readers = [await connect(), await connect(), await connect()];
    await eventually('they are together', () => hub.stats().grouped === 3);
    for (let n = 0; n < 20; n += 1) {
      hub.publish('/a', { n });
      await eventually('it is there', () => readers.every(({ text }) => text.includes(`"n":${n}}`)));
      expect(hub.stats().grouped).toBe(3);
    }
    const expected = Array.from({ length: 20 }, (_, n) => n);
    for (const reader of readers) expect(numbersOf(reader)).toEqual(expected);
    const sessions = [...hub.sessions()];
    await eventually('all has left', () => sessions.every(({ acked }) => acked === 20));
    expect(hub.stats().queuedEvents).toBe(0);
    for (const reader of readers) reader.end();
    end();
  });
});
