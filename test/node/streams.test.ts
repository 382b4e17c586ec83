import http from 'node:http';
import { createGunzip } from 'node:zlib';
import { createHub, createNodeHandler } from '@cometkit/node';
import { eventually, join, openStream, urlOf } from '@cometkit/testkit';
import compression from 'compression';
import { describe, expect, it } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';
import { connectRaw, rawGet } from '../support/raw-socket.ts';
import { roads } from './push-server-stage.ts';

type Start = (typeof roads)[number][1];

async function serve(options = {}, hubOptions = {}, start: Start = disposableServer) {
  const hub = createHub(hubOptions);
  const handler = createNodeHandler(hub, options);
  const server = await start(handler);
  return { hub, handler, server, url: server.url };
}

describe.each(roads)('slow-consumer: a reader that reads nothing, through %s', (_road, start) => {
  it('costs a bounded buffer, is let go, and finds its events again or a gap', async () => {
    const { hub, server, url } = await serve({ stallMs: 400 }, {}, start);
    const session = await join({ hub, url }, 'ndjson');
    await session.command({ type: 'subscribe', subject: '/a' });
    const deaf = await connectRaw(server.port);
    const [{ secret } = { secret: '' }] = [...hub.sessions()];
    deaf.socket.pause();
    deaf.write(rawGet(`/push?p_event=listen&p_id=${session.id}&p_key=${secret}`));
    await eventually('the channel is open', () => hub.stats().attached === 1);
    const before = process.memoryUsage.rss();
    const filler = 'x'.repeat(8000);
    for (let n = 0; n < 1500; n += 1) {
      hub.publish('/a', { n, filler });
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the channel is given up', () => hub.stats().attached === 0);
    expect(hub.stats().sessions).toBe(1);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024);
    const stream = await session.channel({ type: 'listen' });
    const text = await stream.until('"n":1499,');
    const numbers = text
      .split('\n')
      .flatMap((line) => /"n":(\d+),/.exec(line)?.[1] ?? [])
      .map(Number);
    expect(numbers).toEqual(Array.from(numbers, (_, index) => (numbers[0] ?? 0) + index));
    stream.close();
    deaf.reset();
    await server.close();
  });
});

describe('a stream where chunks cannot go straight to the socket', () => {
  it('is plain bytes for HTTP/1.0', async () => {
    const { hub, server } = await serve();
    const socket = await connectRaw(server.port);
    socket.write('GET /push?type=join-listen&subject=/a&format=ndjson HTTP/1.0\r\n\r\n');
    await socket.until('join-listen-ack');
    hub.publish('/a', 'plain');
    await socket.until('plain');
    const body = socket.text.slice(socket.text.indexOf('\r\n\r\n') + 4);
    expect(
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).toEqual(['join-listen-ack', 'heartbeat', 'data']);
    socket.reset();
    await server.close();
  });

  it('waits for its turn behind another answer of the same connection', async () => {
    const { hub, server } = await serve({}, { heartbeatMs: 300 });
    const socket = await connectRaw(server.port);
    socket.write(rawGet('/push?p_event=join&p_format=xml'));
    socket.write(rawGet('/push?type=join-listen&subject=/a&format=ndjson'));
    await socket.until('join-listen-ack');
    hub.publish('/a', 'behind');
    await socket.until('behind');
    expect(socket.text.indexOf('join-ack')).toBeLessThan(socket.text.indexOf('join-listen-ack'));
    socket.reset();
    await server.close();
  });

  it('is compressed by what insists on it, and still comes event by event', async () => {
    const hub = createHub();
    const handler = createNodeHandler(hub);
    const squeeze = compression({ threshold: 0 });
    const server = await disposableServer((request, response) => {
      squeeze(request as never, response as never, () => {
        const { writeHead } = response;
        response.writeHead = ((status: number, headers: Record<string, unknown>) =>
          writeHead.call(response, status, { ...headers, 'cache-control': 'no-store' } as never)) as never;
        handler(request, response);
      });
    });
    const { stdout, gunzip } = await unzipping(`${server.url}?p_event=join-listen&p_subject=/a&p_format=xml`);
    await eventually('the head is there', () => stdout().includes('join-listen-ack'));
    hub.publish('/a', { x: 'squeezed' });
    await eventually('the event is there', () => stdout().includes('squeezed'));
    gunzip.destroy();
    await server.close();
  });
});

/** Reads an answer through gunzip, as far as it has come. */
async function unzipping(url: string) {
  const gunzip = createGunzip();
  let text = '';
  gunzip.on('data', (chunk) => {
    text += chunk;
  });
  gunzip.on('error', () => undefined);
  const request = http.get(url, { agent: false, headers: { 'accept-encoding': 'gzip' } }, (response) => {
    expect(response.headers['content-encoding']).toBe('gzip');
    response.pipe(gunzip);
  });
  gunzip.on('close', () => request.destroy());
  return { stdout: () => text, gunzip };
}

describe.each(roads)('client-disconnects-mid-stream, through %s', (_road, start) => {
  it('leaves nothing behind', async () => {
    const { hub, server, url } = await serve({}, {}, start);
    for (let n = 0; n < 30; n += 1) {
      const stream = await openStream(
        urlOf({ hub, url }, { type: 'join-listen', subject: '/a', format: 'sse' }),
      );
      hub.publish('/a', n);
      stream.close();
    }
    await eventually('all channels are released', () => hub.stats().attached === 0);
    await server.close();
  });

  it('frees the channel on a half-close too', async () => {
    const { hub, server } = await serve({}, {}, start);
    const socket = await connectRaw(server.port);
    socket.write(rawGet('/push?p_event=join-listen'));
    await socket.until('join-listen-ack');
    socket.socket.end();
    await eventually('the channel is released', () => hub.stats().attached === 0);
    await server.close();
  });
});

describe.each(roads)('shutdown, through %s', (_road, start) => {
  it('answers what is held, ends what streams, and lets the server close by itself', async () => {
    const { hub, handler, server, url } = await serve({}, { heartbeatMs: 60_000 }, start);
    const streams = await Promise.all(
      ['xml', 'sse', 'ndjson', 'js'].map((format) =>
        openStream(urlOf({ hub, url }, { type: 'join-listen', format })),
      ),
    );
    const session = await join({ hub, url }, 'xml-strict');
    const held = session.command({ type: 'refresh' });
    await eventually('all wait', () => hub.stats().attached === 5);
    await handler.close();
    for (const stream of streams) expect(await stream.rest()).toContain('abort');
    expect((await held).body).toMatch(/abort.*<\/pushlet>$/);
    await server.close();
    expect(server.sockets()).toBe(0);
  });
});
