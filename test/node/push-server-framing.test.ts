import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Handler, type HttpRequest, type Responder, systemRuntime, Turns } from '@cometkit/handler';
import { createHub, createPushServer } from '@cometkit/node';
import { eventually } from '@cometkit/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeExchange } from '../../packages/node/src/request.ts';

import { connectRaw } from '../support/raw-socket.ts';
import { echo } from './push-server-stage.ts';

const asked = [
  'host',
  'cookie',
  'accept',
  'x-a',
  'authorization',
  'content-type',
  'content-length',
  'constructor',
];

// Says what a handler would see, so that the two roads can be held against each other.
async function mirror(
  request: HttpRequest,
): Promise<{ status: 200; headers: Record<string, string>; body: string }> {
  const { method, path, query, secure } = request;
  const headers = asked.map((name) => request.header(name) ?? null);
  const body = method === 'POST' ? await request.readBody(1000).catch((error) => error.code) : null;
  const seen = JSON.stringify({ method, path, query, secure, headers, body });
  return { status: 200, headers: { 'content-type': 'application/json' }, body: seen };
}

let inFront = 0;

const serve = (request: HttpRequest, to: Responder) => {
  inFront += 1;
  void mirror(request).then((seen) => to.answer(seen));
};
const turns = new Turns(systemRuntime());
const nothing = () => undefined;
const handler = {
  serve,
  turns,
  report: nothing,
  hub: createHub(),
  connections: nothing,
} as unknown as Handler;
const listener: http.RequestListener = (request, response) => {
  if (!/^\/push\/?(?:\?|$)/.test(request.url ?? '')) echo(request, response);
  else {
    const exchange = new NodeExchange({ handler }, request, response);
    void mirror(exchange).then((answer) => exchange.answer(answer));
  }
};

const plain = http.createServer(listener);
const behind = http.createServer(listener);
const front = createPushServer(behind, handler, { path: '/push' });

// Without this, what is malformed would take the answers before it with it, where these are not ready yet.
for (const server of [plain, behind]) {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    setTimeout(() => socket.end(socket.writable ? `HTTP/1.1 ${status} Wrong\r\n\r\n` : undefined), 5);
  });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    plain.listen(0, '127.0.0.1', resolve);
  });
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  plain.closeAllConnections();
  plain.close();
  behind.closeAllConnections();
  await front.close();
});

// What ends the connection, so that nobody has to wait for its end; unless what is before it swallows it.
const marker = 'GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const patienceMs = 60;
const longPatienceMs = 1500;

/** The answers to bytes: status and body of each. */
async function answers(server: 'plain' | 'front', bytes: string, waitMs: number): Promise<string[]> {
  const { port } = (server === 'plain' ? plain : front).address() as AddressInfo;
  const socket = await connectRaw(port);
  socket.write(bytes + marker);
  const end = performance.now() + waitMs;
  await eventually('it is answered', () => socket.closed || performance.now() > end);
  socket.reset();
  return socket.text
    .split(/(?=HTTP\/1\.1 \d\d\d )/)
    .filter((answer) => answer !== '')
    .map((answer) => `${answer.slice(9, 12)} ${answer.slice(answer.indexOf('\r\n\r\n') + 4)}`);
}

let rounds = 0;

async function both(bytes: string, waitMs: number): Promise<readonly [string[], string[]]> {
  rounds += 1;
  return Promise.all([answers('plain', bytes, waitMs), answers('front', bytes, waitMs)]);
}

async function same(bytes: string, waitMs = patienceMs): Promise<string[]> {
  let [expected, found] = await both(bytes, waitMs);
  // A machine that is busy may need longer for what seems to be swallowed.
  if (found.join() !== expected.join()) [expected, found] = await both(bytes, longPatienceMs);
  expect(found).toEqual(expected);
  return found;
}

const get = (lines = '', target = '/push?p_event=hb') => `GET ${target} HTTP/1.1\r\nHost: x\r\n${lines}\r\n`;
const post = (lines: string, body: string) => `POST /push HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`;
const hidden = 'GET /push?smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

describe('what is served by the push server', () => {
  const served: Record<string, string> = {
    'a GET': get(),
    'a GET of the path with a slash': get('', '/push/?a=b'),
    'a GET without a query': get('', '/push'),
    'a GET with an empty query': get('', '/push?'),
    'a query of raw characters': get('', '/push?x="<>{|}\\^`[]/?&%'),
    'a POST': post('Content-Length: 5\r\n', 'a=b&c'),
    'a POST with nothing': post('Content-Length: 0\r\n', ''),
    'a POST that is larger than the handler takes': post('Content-Length: 1001\r\n', 'x'.repeat(1001)),
    'headers in any case and with any blanks': get('X-a:  \t one two\t \r\nCOOKIE:a=b\r\naccept:\r\n'),
    'headers that are repeated': get(
      'X-A: 1\r\nx-a: 2\r\nCookie: a\r\nCookie: b\r\nAuthorization: 1\r\nAuthorization: 2\r\n',
    ),
    'headers with names from the prototype of objects': get(
      'constructor: 1\r\n__proto__: 2\r\ntoString: 3\r\n',
    ),
    'one request behind the other': get() + post('Content-Length: 3\r\n', 'abc') + get(),
  };
  it.each(Object.keys(served))('is seen as Node sees it: %s', async (name) => {
    const [before, roundsBefore] = [inFront, rounds];
    const found = await same(served[name] ?? '', longPatienceMs);
    expect(found.slice(0, -1).every((answer) => answer.startsWith('200 {'))).toBe(true);
    expect(found.at(-1)).toBe('200 app GET /end ');
    expect(inFront - before).toBe((found.length - 1) * (rounds - roundsBefore));
  });

  it('ends with a request that says so', async () => {
    const [before, roundsBefore] = [inFront, rounds];
    expect(await same(get('Connection: close\r\n') + hidden, longPatienceMs)).toHaveLength(1);
    expect(inFront - before).toBe(rounds - roundsBefore);
  });
});

describe('what is left to the parser of Node', () => {
  const doubtful: Record<string, string> = {
    'Content-Length with Transfer-Encoding': post(
      'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
      `0\r\n\r\n${hidden}`,
    ),
    'Transfer-Encoding with Content-Length': post(
      'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
      `0\r\n\r\n${hidden}`,
    ),
    'Transfer-Encoding: chunked': post('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'),
    'Transfer-Encoding: xchunked': post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${hidden}`),
    'Transfer-Encoding: chunked, identity': post(
      'Transfer-Encoding: chunked, identity\r\n',
      `0\r\n\r\n${hidden}`,
    ),
    'Transfer-Encoding behind a vertical tab': post(
      'Transfer-Encoding:\x0bchunked\r\n',
      `0\r\n\r\n${hidden}`,
    ),
    'Transfer-Encoding on a GET': `${get('Transfer-Encoding: chunked\r\n')}0\r\n\r\n${hidden}`,
    'two lengths that differ': post('Content-Length: 3\r\nContent-Length: 0\r\n', `abc${hidden}`),
    'two lengths alike': post('Content-Length: 3\r\nContent-Length: 3\r\n', `abc${hidden}`),
    'a list of lengths': post('Content-Length: 3, 3\r\n', `abc${hidden}`),
    'a signed length': post('Content-Length: +3\r\n', `abc${hidden}`),
    'a length in hexadecimal': post('Content-Length: 0x3\r\n', `abc${hidden}`),
    'a length that is no digit': post('Content-Length: :\r\n', '0123456789'),
    'a length with a blank in it': post('Content-Length: 1 2\r\n', `abc${hidden}`),
    'a length with a tab behind it': post('Content-Length: 3\t\r\n', `abc${hidden}`),
    'an empty length': post('Content-Length:\r\n', hidden),
    'a length beyond all numbers': post('Content-Length: 18446744073709551619\r\n', `abc${hidden}`),
    'a length on a GET': `${get('Content-Length: 3\r\n')}abc${hidden}`,
    'a POST without a length': post('', hidden),
    'a continued line': get('X-A: 1\r\n Transfer-Encoding: chunked\r\n'),
    'a continued first line': `GET /push HTTP/1.1\r\n X: 1\r\nHost: x\r\n\r\n${hidden}`,
    'lines that end with a bare LF': get().replaceAll('\r\n', '\n') + hidden,
    'one line that ends with a bare LF': get('X-A: 1\nTransfer-Encoding: chunked\r\n') + hidden,
    'a bare CR in a value': get('X-A: 1\rTransfer-Encoding: chunked\r\n') + hidden,
    'a line that ends with CR CR LF': get('X-A: 1\r\r\n') + hidden,
    'an empty line that is a bare LF': `GET /push HTTP/1.1\r\nHost: x\r\n\n${hidden}`,
    'a space before the colon': post('Content-Length : 3\r\n', `abc${hidden}`),
    'a space before a name': get(' X-A: 1\r\n') + hidden,
    'no name': get(': 1\r\n') + hidden,
    'no colon': get('X-A\r\n') + hidden,
    'NUL in a value': get('X-A: 1\0\r\n') + hidden,
    'NUL in a name': get('X\0A: 1\r\n') + hidden,
    'DEL in a value': get('X-A: 1\x7f\r\n') + hidden,
    'bytes beyond ASCII in a value': get('X-A: \xe9\r\n'),
    'bytes beyond ASCII in the query': get('', '/push?\xe9'),
    'an absolute target': get('', 'http://x/push?p_event=hb'),
    'an absolute target of another host': get('', 'http://y/push?p_event=hb'),
    'a target with a fragment': get('', '/push?a#b'),
    'a target with a space': get('', '/push?a b'),
    'a target with a tab': get('', '/push?a\tb'),
    'a path that is not quite ours':
      get('', '/pushed') + get('', '/push/x') + get('', '//push') + get('', '/%70ush'),
    'two spaces in the request line': 'GET  /push HTTP/1.1\r\nHost: x\r\n\r\n',
    'HTTP/1.0': 'GET /push HTTP/1.0\r\nHost: x\r\n\r\n',
    'HTTP/1.2': 'GET /push HTTP/1.2\r\nHost: x\r\n\r\n',
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a name of the protocol in lower case': 'GET /push http/1.1\r\nHost: x\r\n\r\n',
    'a method in lower case': 'get /push HTTP/1.1\r\nHost: x\r\n\r\n',
    'an empty line in front': `\r\n${get()}`,
    'no host': 'GET /push HTTP/1.1\r\n\r\n',
    'two hosts': get('Host: y\r\n'),
    'an empty host': 'GET /push HTTP/1.1\r\nHost: \r\n\r\n',
    'an upgrade': get('Connection: Upgrade\r\nUpgrade: foo\r\n'),
    'an upgrade without its connection': get('Upgrade: foo\r\n'),
    'a connection with several words': get('Connection: keep-alive, x-a\r\n'),
    'two connections': get('Connection: close\r\nConnection: keep-alive\r\n'),
    'a connection of the proxy': get('Proxy-Connection: close\r\n'),
    'an expectation': post('Content-Length: 3\r\nExpect: 100-continue\r\n', 'abc'),
    'too many headers': get('X-B: 1\r\n'.repeat(101)),
    'too much of a header': get(`X-B: ${'x'.repeat(17_000)}\r\n`),
    'another method': get().replace('GET', 'DELETE') + get().replace('GET', 'PUT'),
    HEAD: 'HEAD /push HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'no HTTP at all': 'hello\r\n\r\n',
    'a handshake of TLS': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
  };
  it.each(Object.keys(doubtful))('and answered as by Node alone: %s', async (name) => {
    const before = inFront;
    await same(doubtful[name] ?? '');
    expect(inFront).toBe(before);
  });

  it.each(Object.keys(doubtful))('also behind a request that was served: %s', async (name) => {
    await same(get() + (doubtful[name] ?? ''));
  });
});

describe('whatever is done to a request', () => {
  it('the answers are those of Node alone', async () => {
    const bases = [
      get('X-A: 1\r\nCookie: a=b\r\n') + get(),
      post('Content-Length: 3\r\nX-A: 1\r\n', 'abc') + get(),
    ];
    const pieces = [
      '\r',
      '\n',
      '\r\n',
      ' ',
      '\t',
      ':',
      '\0',
      '\x7f',
      ',',
      '0',
      '3',
      '\xe9',
      '#',
      '?',
      '/',
      'Host: x\r\n',
    ];
    const change = fc.record({
      at: fc.nat(150),
      drop: fc.nat(2),
      piece: fc.constantFrom('', ...pieces),
    });
    const changes = fc.record({
      base: fc.constantFrom(...bases),
      list: fc.array(change, { minLength: 1, maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(changes, async ({ base, list }) => {
        let bytes = base;
        for (const { at, drop, piece } of list) bytes = bytes.slice(0, at) + piece + bytes.slice(at + drop);
        await same(bytes);
      }),
      { numRuns: 150 },
    );
  }, 30_000);
});
