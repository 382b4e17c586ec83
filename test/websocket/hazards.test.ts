import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serve } from './kit.ts';
import { frame, opcodes } from './raw-client.ts';

const { continuation, ping, pong } = opcodes;

describe('an unclosed fragment', () => {
  it('is closed when its message takes too long', async () => {
    const { join, sockets } = await serve({ socket: { pingMs: 2000, assemblyMs: 400 } });
    const client = await join();
    client.send({ payload: '{"type":', final: false });
    expect(await client.closed()).toBe(1008);
    client.socket.end();
    await eventually('the socket is gone', () => sockets.size === 0);
  });

  it('is not kept open by control frames', async () => {
    const { join } = await serve({ socket: { pingMs: 2000, assemblyMs: 400 } });
    const client = await join();
    client.send({ payload: '{"type":', final: false });
    const alive = setInterval(() => client.send({ opcode: ping }, { opcode: pong }), 50);
    expect(await client.closed()).toBe(1008);
    clearInterval(alive);
  });

  it('is not what messages are that end, however they are cut', async () => {
    const { join } = await serve({ socket: { pingMs: 1000, assemblyMs: 300 } });
    const client = await join();
    const one = frame({ payload: '{"type":"heartbeat"}' });
    const stream = Buffer.concat(Array.from({ length: 40 }, () => one));
    // Every write ends in the middle of a frame.
    for (let cut = 10; cut < stream.length; cut += one.length) {
      client.socket.write(stream.subarray(Math.max(0, cut - one.length), cut));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect([client.closeCode, client.ended]).toEqual([undefined, false]);
    expect(client.messages.filter((message) => message['type'] === 'heartbeat-ack')).toHaveLength(39);
  });
});

describe('tiny fragments', () => {
  it('are counted, and closed when there are too many', async () => {
    const { join } = await serve({ socket: { maxFragments: 100 } });
    const client = await join();
    client.send({ payload: '{', final: false });
    client.send(...Array.from({ length: 200 }, () => ({ opcode: continuation, payload: ' ', final: false })));
    expect(await client.closed()).toBe(1008);
  });

  it('without payload are counted too', async () => {
    const { join } = await serve({ socket: { maxFragments: 100 } });
    const client = await join();
    client.send({ payload: '', final: false });
    client.send(...Array.from({ length: 200 }, () => ({ opcode: continuation, final: false })));
    expect(await client.closed()).toBe(1008);
  });
});

describe('a frame that trickles in', () => {
  it('is closed in time, although bytes come all the while', async () => {
    const { join } = await serve({ socket: { pingMs: 2000, assemblyMs: 400 } });
    const client = await join();
    const bytes = frame({ payload: 'x'.repeat(1000) });
    let sent = 0;
    const drip = setInterval(() => client.socket.write(bytes.subarray(sent, ++sent)), 20);
    expect(await client.closed()).toBe(1008);
    clearInterval(drip);
  });
});

describe('a peer that has vanished', () => {
  it('is sent a ping, and given up when nothing comes back', async () => {
    const { join, sockets, hub } = await serve({ socket: { pingMs: 200 } });
    const client = await join();
    await client.says('listen');
    const begin = performance.now();
    await client.end();
    expect(performance.now() - begin).toBeLessThan(600);
    expect(client.frames.filter(({ opcode }) => opcode === ping)).toHaveLength(1);
    await eventually('the socket is gone', () => sockets.size === 0);
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 0 });
  });

  it('is not one that answers pings', async () => {
    const { join, sockets } = await serve({ socket: { pingMs: 100 } });
    const client = await join();
    await client.says('listen');
    let answered = 0;
    client.socket.on('data', () => {
      const pings = client.frames.filter(({ opcode }) => opcode === ping).length;
      for (; answered < pings; answered += 1) client.send({ opcode: pong });
    });
    await eventually('five pings', () => answered >= 5);
    expect(sockets.size).toBe(1);
  });

  it('is not one that has to wait because of a slow hook', async () => {
    const publish = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 30));
    const { join, hub } = await serve({ socket: { pingMs: 100 }, handler: { authorize: { publish } } });
    const client = await join();
    const messages = Array.from({ length: 40 }, (_, n) => ({
      payload: JSON.stringify({ type: 'publish', subject: '/a', data: n }),
    }));
    client.send(...messages);
    const alive = setInterval(() => client.send({ opcode: pong }), 20);
    onTestFinished(() => clearInterval(alive));
    await client.wait('all answers', () => client.messages.length === 41);
    expect(hub.stats().published).toBe(40);
  });

  it('is found out by its promise to answer heartbeats', async () => {
    const { join, hub } = await serve({ hub: { heartbeatMs: 200 } });
    const client = await join();
    await client.says('listen', { heartbeats: 'answer' });
    await client.end(7000);
    expect(hub.stats().attached).toBe(0);
  }, 10_000);

  it('leaves its events to the session', async () => {
    const { join, hub } = await serve({ socket: { pingMs: 100 } });
    const lost = await join();
    const { session, key, cursor } = lost.messages[0] ?? {};
    await lost.says('listen', { subject: '/a', ack: cursor });
    await lost.says('ack', { ack: cursor });
    hub.publish('/a', 'into the void');
    await lost.end();
    const found = await join();
    await found.says('listen', { session, key, ack: cursor });
    expect(await found.hears('data')).toMatchObject({ data: 'into the void' });
  });
});

describe('a reader that stalls', () => {
  it('costs a bounded buffer, and its connection in the end', async () => {
    const { join, hub, sockets } = await serve({
      handler: { stallMs: 300 },
      hub: { log: { maxBytes: 64 * 1024 * 1024 } },
    });
    const client = await join();
    await client.says('listen', { subject: '/a' });
    client.socket.pause();
    const payload = 'x'.repeat(60_000);
    for (let n = 0; n < 400; n += 1) hub.publish('/a', payload);
    await eventually('the reader is given up', () => sockets.size === 0);
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 0 });
    client.socket.destroy();
  });

  it('leaves the others alone', async () => {
    const { join, hub } = await serve();
    const slow = await join();
    const quick = await join();
    for (const client of [slow, quick]) await client.says('listen', { subject: '/a' });
    slow.socket.pause();
    for (let n = 0; n < 300; n += 1) {
      hub.publish('/a', { n, filler: 'x'.repeat(20_000) });
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const all = () => quick.messages.filter((message) => message['type'] === 'data').length;
    await quick.wait('all events', () => all() === 300, 8000);
    slow.socket.resume();
    const told = () =>
      slow.messages.filter(({ type }) => type === 'data' || type === 'gap').at(-1) as
        | { data?: { n: number } }
        | undefined;
    await slow.wait('the last event', () => told()?.data?.n === 299, 8000);
  }, 20_000);

  it('cannot make answers pile up by asking on', async () => {
    const { join, sockets } = await serve({ handler: { stallMs: 500 } });
    const client = await join();
    client.socket.pause();
    const question = frame({ payload: `{"type":"subscribe","subject":"/${'x'.repeat(200)}"}` });
    const many = Buffer.concat(Array.from({ length: 200 }, () => question));
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 500 && !client.socket.destroyed; n += 1) client.socket.write(many);
    await eventually('the client is given up', () => sockets.size === 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    client.socket.destroy();
  }, 15_000);
});

describe('a client that is being closed', () => {
  it('is not listened to any more', async () => {
    const { join, hub } = await serve();
    const client = await join();
    client.send(
      { opcode: opcodes.binary, payload: 'no' },
      { payload: '{"type":"publish","subject":"/a","data":1}' },
    );
    expect(await client.closed()).toBe(1003);
    expect(hub.stats().published).toBe(0);
  });
});

describe('garbage', () => {
  it('is answered, and ends the connection of who never joins', async () => {
    const { open, sockets } = await serve({ socket: { handshakeMs: 300 } });
    const client = await open();
    const noise = setInterval(() => client.send({ payload: 'noise' }), 30);
    expect(await client.closed()).toBe(1000);
    clearInterval(noise);
    client.socket.end();
    expect(client.messages.every((message) => message['code'] === 'malformed-request')).toBe(true);
    await eventually('the socket is gone', () => sockets.size === 0);
  });

  it('instead of frames is a breach, whatever comes behind it', async () => {
    const { open, errors } = await serve();
    const client = await open();
    client.socket.write(Buffer.alloc(100_000, 0xff));
    expect(await client.closed()).toBe(1002);
    expect(errors).toEqual([]);
  });

  it('of any kind harms nobody else', async () => {
    const { open, join, errors } = await serve();
    const witness = await join();
    for (let seed = 1; seed <= 60; seed += 1) {
      const client = await open();
      const bytes = Buffer.from(
        Array.from({ length: 300 }, (_, at) => (Math.imul(at + 7, seed * 2654435761) >>> 13) & 0xff),
      );
      client.socket.write(bytes);
      client.socket.resetAndDestroy();
    }
    expect(await witness.says('heartbeat')).toMatchObject({ type: 'heartbeat-ack' });
    expect(errors).toEqual([]);
  });
});

describe('a flood of pings', () => {
  it('ends the connection, while a few at once are answered', async () => {
    const { join, sockets } = await serve();
    const client = await join();
    const pings = (count: number) => Array.from({ length: count }, () => ({ opcode: ping, payload: 'x' }));
    client.send(...pings(50));
    const pongs = () => client.frames.filter(({ opcode }) => opcode === pong).length;
    await client.wait('all pongs', () => pongs() === 50);
    client.send(...pings(5000));
    await client.end();
    await eventually('the socket is gone', () => sockets.size === 0);
  });
});

describe('thousands of commands in one write', () => {
  it('are all carried out, in order, while another client is answered between them', async () => {
    const { join } = await serve();
    const [mallory, alice] = [await join(), await join()];
    const count = 3000;
    const answers = () => mallory.messages.filter((message) => message['type'] === 'heartbeat-ack').length;
    const one = frame({ payload: '{"type":"heartbeat"}' });
    mallory.socket.write(Buffer.concat(Array.from({ length: count }, () => one)));
    await eventually('the first are answered', () => answers() > 0);
    alice.send({ payload: '{"type":"heartbeat"}' });
    await eventually('all are answered', () => answers() === count, 15_000);
    expect(mallory.closeCode).toBeUndefined();
    expect(alice.messages.some((message) => message['type'] === 'heartbeat-ack')).toBe(true);
  }, 20_000);
});
