import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createHub, createNodeHandler } from '@cometkit/node';
import { eventually } from '@cometkit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const hub = createHub();
// A classic client proves by waiting that it has read an answer; here it need not wait.
const handler = createNodeHandler(hub, { path: '/push', pollWaitMs: { min: 0, max: 0 } });
const server = http2.createServer(handler as never);
const warnings: Error[] = [];
const warn = (warning: Error) => warnings.push(warning);
let client: http2.ClientHttp2Session;

beforeAll(async () => {
  process.on('warning', warn);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  process.off('warning', warn);
  client.close();
  server.close();
});

function ask(query: string, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const stream = client.request({
      ':path': `/push${query}`,
      ':method': body === undefined ? 'GET' : 'POST',
    });
    let status = 0;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('data', (chunk) => {
      text += chunk;
    });
    stream.on('end', () => resolve({ status, text }));
    stream.on('error', reject);
    stream.end(body);
  });
}

interface Reader {
  readonly stream: http2.ClientHttp2Stream;
  readonly chunks: string[];
  head?: http2.IncomingHttpHeaders;
}

function openStream(path: string): Reader {
  const stream = client.request({ ':path': path });
  const reader: Reader = { stream, chunks: [] };
  stream.setEncoding('utf8');
  stream.on('response', (head) => {
    reader.head = head;
  });
  stream.on('data', (chunk: string) => reader.chunks.push(chunk));
  return reader;
}

describe('over HTTP/2', () => {
  it('commands, refusals and polls work, and nothing is warned of', async () => {
    const joined = await ask('', '<event p_event="join" p_format="xml" />');
    const id = /p_id="([^"]+)"/.exec(joined.text)?.[1];
    await ask(`?p_event=listen&p_mode=poll&p_subject=/a&p_id=${id}`);
    hub.publish('/a', { x: 'once' });
    expect((await ask(`?p_event=refresh&p_id=${id}`)).text).toContain('once');
    expect((await ask(`?p_event=refresh&p_id=${id}`)).text).not.toContain('once');
    expect((await ask('', 'x'.repeat(70_000))).status).toBe(413);
    expect(warnings).toEqual([]);
  });

  it('events stream as they happen, and a stream that is cancelled is released', async () => {
    const stream = client.request({ ':path': '/push?type=join-listen&subject=/b&format=ndjson' });
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      text += chunk;
    });
    await eventually('the channel is open', () => text.includes('join-listen-ack'));
    for (const name of ['one', 'two']) {
      hub.publish('/b', name);
      await eventually('the event is there', () => text.includes(name));
    }
    stream.close();
    await eventually('the channel is released', () => hub.stats().attached === 0);
  });

  it('streams are served in one group, with one write for the events of a turn', async () => {
    const readers = Array.from({ length: 3 }, () => openStream('/push?subject=/c&format=ndjson'));
    const textOf = ({ chunks }: Reader) => chunks.join('');
    await eventually('they are open', () => readers.every((reader) => textOf(reader).includes('heartbeat')));
    await eventually('they are together', () => hub.stats().grouped === 3);
    for (const { chunks } of readers) chunks.length = 0;
    for (let n = 0; n < 50; n += 1) hub.publish('/c', { n });
    await eventually('all are there', () => readers.every((reader) => textOf(reader).includes('"n":49}')));
    for (const reader of readers) {
      const numbers = textOf(reader)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).data.n);
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
      expect(reader.chunks).toHaveLength(1);
    }
    await eventually('they are together again', () => hub.stats().grouped === 3);
    expect(readers.map(({ head }) => head?.['incremental'])).toEqual(['?1', '?1', '?1']);
    for (const { stream } of readers) stream.close();
  });
});
