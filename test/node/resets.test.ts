import { createHub, createNodeHandler } from '@cometkit/node';
import { eventually, join } from '@cometkit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';
import { connectRaw, rawGet } from '../support/raw-socket.ts';
import { roads } from './push-server-stage.ts';

describe.each(roads)('through %s', (_road, start) => {
  const hub = createHub();
  let server: DisposableServer;
  const crashes: unknown[] = [];
  const note = (error: unknown) => crashes.push(error);

  beforeAll(async () => {
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
    server = await start(createNodeHandler(hub, { path: '/push' }));
  });
  afterAll(async () => {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
    await server.close();
  });

  const post = 'POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\n<event p_event="join" x=1>';

  describe('the process survives', () => {
    it.each([
      ['a command', rawGet('/push?p_event=join')],
      ['a stream', rawGet('/push?p_event=join-listen&p_subject=/a')],
      ['a body', post],
    ])('a reset at every byte of %s', async (_what, request) => {
      for (let sent = 0; sent <= request.length; sent += 1) {
        const socket = await connectRaw(server.port);
        socket.write(request.slice(0, sent));
        await new Promise((resolve) => setImmediate(resolve));
        socket.reset();
      }
      await eventually('all sockets are gone', () => server.sockets() === 0);
      await eventually('all channels are released', () => hub.stats().attached === 0);
      expect(crashes).toEqual([]);
    });

    it('a reset at every byte of a stream that is being written', async () => {
      const events = 3;
      let length = 1;
      for (let cut = 1; cut <= length; cut += 7) {
        const socket = await connectRaw(server.port);
        socket.socket.on('data', () => {
          if (socket.text.length >= cut) socket.reset();
        });
        socket.write(rawGet('/push?type=join-listen&subject=/a&format=ndjson'));
        for (let n = 0; n < events; n += 1) {
          hub.publish('/a', { n });
          await new Promise((resolve) => setImmediate(resolve));
        }
        length = Math.max(length, Math.min(socket.text.length, 1500));
        socket.reset();
      }
      await eventually('all channels are released', () => hub.stats().attached === 0);
      expect(crashes).toEqual([]);
    });

    it('a reset of a held pull, and gives the events to the next', async () => {
      const session = await join({ hub, url: server.url }, 'xml');
      await session.command({ type: 'subscribe', subject: '/kept' });
      for (let n = 0; n < 20; n += 1) {
        const gone = new AbortController();
        const held = session.command({ type: 'refresh' }, { signal: gone.signal });
        held.catch(() => undefined);
        await eventually('the poll is held', () => hub.stats().attached === 1);
        gone.abort();
        await eventually('the poll is released', () => hub.stats().attached === 0);
      }
      hub.publish('/kept', { x: 1 });
      expect((await session.command({ type: 'refresh' })).body).toContain('x="1"');
      expect(crashes).toEqual([]);
    });

    it('a listener in front that has answered already', async () => {
      const handler = createNodeHandler(hub);
      const spoilt = await disposableServer((request, response) => {
        response.end('first');
        handler(request, response);
      });
      const socket = await connectRaw(spoilt.port);
      socket.write(rawGet('/push?p_event=join-listen').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      expect(await socket.end()).toContain('first');
      await spoilt.close();
      expect(crashes).toEqual([]);
    });
  });
});
