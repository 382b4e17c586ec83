import { createHub, createNodeHandler } from '@cometkit/node';
import { join, send } from '@cometkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DisposableServer } from '../support/disposable-server.ts';
import { connectRaw, rawGet } from '../support/raw-socket.ts';
import { roads } from './push-server-stage.ts';

describe.each(roads)('through %s', (_road, start) => {
  const hub = createHub();
  let server: DisposableServer;

  beforeEach(async () => {
    const handler = createNodeHandler(hub, {
      path: '/push',
      maxBodyBytes: 1000,
      authorize: { publish: true },
    });
    server = await start(handler);
  });
  afterEach(() => server.close());

  async function ask(request: string): Promise<string> {
    const socket = await connectRaw(server.port);
    socket.write(request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    return socket.end();
  }

  describe('a request line', () => {
    it('may hold raw characters that no client should send', async () => {
      const answer = await ask(rawGet('/push?p_event=join&p_format=xml&x="<>{|}\\^`'));
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*<event p_event="join-ack"/);
    });

    it('cannot hold raw bytes beyond ASCII, for the parser of Node refuses them', async () => {
      expect(await ask(rawGet('/push?p_event=join&x=\u00e9'))).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    });

    it('may hold UTF-8 in percent escapes', async () => {
      const session = await join({ hub, url: server.url }, 'ndjson');
      const subject = encodeURIComponent('/caf\u00e9/\u20ac');
      const [{ secret } = { secret: '' }] = [...hub.sessions()].filter(({ id }) => id === session.id);
      const answer = await ask(
        rawGet(`/push?p_event=subscribe&p_id=${session.id}&p_key=${secret}&p_subject=${subject}`),
      );
      expect(Buffer.from(answer, 'latin1').toString('utf8')).toContain('"subject":"/caf\u00e9/\u20ac"');
    });

    it.each([
      '*',
      'evil.example:80',
      'http:///push?p_event=join',
      'ftp://x/push?p_event=join',
      '//x/push?p_event=join',
    ])('that is no path is not served: %s', async (target) => {
      expect(await ask(rawGet(target))).toMatch(/^HTTP\/1\.1 4\d\d /);
    });

    it('may be a whole URL, which says the host in the place of the header', async () => {
      const join = '/push?type=join&format=ndjson';
      expect(await ask(rawGet(`http://app.example:81${join}`))).toContain('join-ack');
      const from = (origin: string) =>
        ask(rawGet(`HTTP://app.example:81${join}`).replace('\r\n\r\n', `\r\nOrigin: ${origin}\r\n\r\n`));
      expect(await from('http://app.example:81')).toMatch(/^HTTP\/1\.1 200 /);
      expect(await from('http://127.0.0.1')).toMatch(/^HTTP\/1\.1 403 /);
      expect(await ask(rawGet('http://app.example/other?p_event=join'))).toMatch(/^HTTP\/1\.1 404 /);
    });

    it('of another path is not found, with or without a next', async () => {
      expect((await send(server.url.replace('/push', '/other'))).status).toBe(404);
      expect((await send(`${server.url}/below`)).status).toBe(404);
      expect((await send(`${server.url}/?p_event=join`)).status).toBe(200);
    });
  });

  describe('a header', () => {
    it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
      'named %s does no harm',
      async (name) => {
        const answer = await ask(
          `GET /push?p_event=join HTTP/1.1\r\nHost: x\r\n${name}: 1\r\n${name}: 2\r\n\r\n`,
        );
        expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
      },
    );
  });

  describe('a body', () => {
    it('may come in pieces, with or without a length', async () => {
      const socket = await connectRaw(server.port);
      socket.write(
        'POST /push HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n',
      );
      for (const piece of ['<event p_ev', 'ent="join" x="\u00e2', '\u0082\u00ac" />']) {
        socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      socket.write('0\r\n\r\n');
      expect(await socket.end()).toContain('join-ack');
    });

    it('is refused by its length before it is read, and the refusal can be read', async () => {
      const socket = await connectRaw(server.port);
      socket.write('POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
      socket.write('x'.repeat(100_000));
      const answer = await socket.end();
      expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close\r\n[\s\S]*larger than 1000 bytes/i);
    });

    it('is refused while it streams in, and nothing past the limit is kept', async () => {
      const socket = await connectRaw(server.port);
      socket.write('POST /push HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let n = 0; n < 20; n += 1) socket.write(`1000\r\n${'x'.repeat(4096)}\r\n`);
      expect(await socket.end()).toMatch(/^HTTP\/1\.1 413 /);
    });

    it('is forgotten when its client goes away half-way', async () => {
      const socket = await connectRaw(server.port);
      socket.write('POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.reset();
    });

    it('on a GET is refused', async () => {
      expect(await ask('GET /push?p_event=join HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc')).toMatch(
        /^HTTP\/1\.1 400 /,
      );
    });
  });

  describe('every refusal', () => {
    it.each([
      ['nothing', 'GET /push HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['an unknown session', rawGet('/push?p_event=listen&p_id=x')],
      ['an unknown format', rawGet('/push?p_event=join&p_format=x')],
      ['too long a query', rawGet(`/push?p_event=join&x=${'y'.repeat(9000)}`)],
      [
        'another origin',
        'GET /push?p_event=join HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n\r\n',
      ],
      ['another method', 'DELETE /push HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['a broken element', 'POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n<event'],
      ['broken JSON', 'POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{"'],
      ['no body', 'POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
      ['no HTTP', 'hello\r\n\r\n'],
    ])('is answered to its end within a second: %s', async (_what, request) => {
      const before = performance.now();
      expect(await ask(request)).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(performance.now() - before).toBeLessThan(1000);
    });
  });

  describe('a connection', () => {
    it('serves one command after the other', async () => {
      const socket = await connectRaw(server.port);
      for (const name of ['one', 'two', 'three']) {
        socket.write(rawGet(`/push?p_event=join&p_format=xml&x=${name}`));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await expect.poll(() => socket.text.match(/join-ack/g)).toHaveLength(3);
      socket.reset();
    });
  });
});
