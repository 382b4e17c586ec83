import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serveTcp, settled, TcpCaller } from './kit.ts';

describe('a flood of NULs', () => {
  it('before the first message ends the connection', async () => {
    const { port, server } = await serveTcp();
    const mallory = await TcpCaller.call(port);
    mallory.write(Buffer.alloc(5000));
    await mallory.end();
    mallory.socket.destroy();
    await eventually('it is gone', () => server.size === 0);
  });

  it('between messages ends the connection, a few are nothing', async () => {
    const { port } = await serveTcp();
    const mallory = await TcpCaller.call(port);
    await mallory.tells('<event p_event="join"/>');
    mallory.write(Buffer.alloc(1000));
    await mallory.tells('<event p_event="hb"/>');
    mallory.write(Buffer.alloc(5000));
    await mallory.end();
  });

  it('that trickles is no message: it keeps nobody in', async () => {
    const { port } = await serveTcp({ socket: { handshakeMs: 300 } });
    const mallory = await TcpCaller.call(port);
    mallory.write('<event p_event="hb"/>\0');
    const drip = setInterval(() => mallory.write(Buffer.alloc(1)), 20);
    await mallory.end(1500);
    clearInterval(drip);
  });
});

describe('an endless document', () => {
  it('is cut off when it is too long, with a word, and holds no more than its limit', async () => {
    const { port, server } = await serveTcp({ socket: { maxMessageBytes: 5000 } });
    const mallory = await TcpCaller.call(port);
    mallory.write(`<event p_event="${'x'.repeat(6000)}`);
    await mallory.until('p_event="nack"');
    expect(mallory.documents[0]).toContain('longer than 5000 bytes');
    await mallory.end();
    mallory.socket.destroy();
    await eventually('it is gone', () => server.size === 0);
  });

  it('is cut off also when it comes in the smallest pieces', async () => {
    const { port } = await serveTcp({ socket: { maxMessageBytes: 500 } });
    const mallory = await TcpCaller.call(port);
    mallory.socket.setNoDelay(true);
    mallory.write('{');
    for (let n = 0; n < 600 && !mallory.ended; n += 1) {
      mallory.write('x');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await mallory.end();
    expect(mallory.lines[0]).toMatchObject({ type: 'refused', code: 'malformed-request' });
  });

  it('that goes on after the refusal is thrown away, and cut in the end', async () => {
    const { port, server } = await serveTcp({ socket: { maxMessageBytes: 1000 } });
    const mallory = await TcpCaller.call(port);
    const flood = setInterval(() => mallory.write(Buffer.alloc(100_000, 0x7b)), 5);
    await mallory.end();
    await eventually('it is gone', () => server.size === 0);
    clearInterval(flood);
    expect(mallory.lines).toHaveLength(1);
  });

  it('of exactly the longest length is a message', async () => {
    const { port } = await serveTcp({ socket: { maxMessageBytes: 1000 } });
    const alice = await TcpCaller.call(port);
    const start = '{"type":"join","padding":"';
    alice.write(`${start}${'y'.repeat(1000 - start.length - 2)}"}\n`);
    await alice.hears('join-ack');
  });
});

describe('a message that does not end', () => {
  it('is refused when it takes too long, and its connection ended', async () => {
    const { port } = await serveTcp({ socket: { assemblyMs: 200 } });
    const mallory = await TcpCaller.call(port);
    await mallory.says('join');
    mallory.write('{"type":');
    await mallory.end(1500);
    expect(mallory.lines.at(-1)).toMatchObject({ type: 'refused', reason: 'the message took too long' });
  });

  it('is refused although a byte comes every now and then', async () => {
    const { port } = await serveTcp({ socket: { assemblyMs: 300 } });
    const mallory = await TcpCaller.call(port);
    await mallory.tells('<event p_event="join"/>');
    mallory.write('<event ');
    const drip = setInterval(() => mallory.write('x'), 30);
    await mallory.end(1500);
    clearInterval(drip);
  });

  it('is forgotten when it ends in time', async () => {
    const { port } = await serveTcp({ socket: { assemblyMs: 150 } });
    const alice = await TcpCaller.call(port);
    await alice.says('join');
    alice.write('{"type"');
    await settled(50);
    alice.write(':"heartbeat"}\n');
    await alice.hears('heartbeat-ack');
    await settled(250);
    expect(alice.ended).toBe(false);
  });
});

describe('a connection', () => {
  it('that says nothing is closed', async () => {
    const { port } = await serveTcp({ socket: { handshakeMs: 200 } });
    const silent = await TcpCaller.call(port);
    await silent.end(1500);
    expect(silent.text).toBe('');
  });

  it('that never joins is closed, however much it says', async () => {
    const { port } = await serveTcp({ socket: { handshakeMs: 300 } });
    const mallory = await TcpCaller.call(port);
    const noise = setInterval(() => mallory.write('{"type":"heartbeat"}\n'), 20);
    await mallory.end(1500);
    clearInterval(noise);
  });

  it('that joined and neither speaks nor listens is closed', async () => {
    const { port, hub } = await serveTcp({ socket: { idleMs: 200 } });
    const idle = await TcpCaller.call(port);
    await idle.says('join');
    await idle.end(1500);
    expect(hub.stats().sessions).toBe(1);
  });

  it('that speaks another protocol is dropped at its first byte', async () => {
    const { port } = await serveTcp();
    for (const hello of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00', 'p_event=join\n', '\xff\xfe']) {
      const stranger = await TcpCaller.call(port);
      stranger.write(Buffer.from(hello, 'latin1'));
      await stranger.end();
      expect(stranger.text).toBe('');
    }
  });

  it('too many from one address is not served, and makes room when it goes', async () => {
    const { port, server } = await serveTcp({ socket: { maxConnectionsPerAddress: 2 } });
    const [first] = [await TcpCaller.call(port), await TcpCaller.call(port)];
    const third = await TcpCaller.call(port);
    await third.end();
    expect(server.size).toBe(2);
    first?.socket.destroy();
    await eventually('there is room', () => server.size === 1);
    const fourth = await TcpCaller.call(port);
    await fourth.says('join');
  });

  it('too many altogether is not served', async () => {
    const { port } = await serveTcp({ socket: { maxConnections: 1 } });
    await TcpCaller.call(port);
    const second = await TcpCaller.call(port);
    await second.end();
  });

  it('that is reset in the middle of anything harms nobody', async () => {
    const { port, server, errors } = await serveTcp();
    const witness = await TcpCaller.call(port);
    await witness.says('join');
    for (const text of ['', '{', '{"type":"join-listen"}\n', '<event', '<policy-file-request/>\0']) {
      const mallory = await TcpCaller.call(port);
      mallory.write(text);
      await settled(10);
      mallory.socket.resetAndDestroy();
    }
    await eventually('they are gone', () => server.size === 1);
    expect(await witness.says('heartbeat')).toMatchObject({ type: 'heartbeat-ack' });
    expect(errors).toEqual([]);
  });
});

describe('a half-open peer', () => {
  it('is found out by its promise to answer heartbeats', async () => {
    const { port, hub, server } = await serveTcp({ hub: { heartbeatMs: 200 } });
    const lost = await TcpCaller.call(port);
    await lost.says('join-listen', { subject: '/a', heartbeats: 'answer' });
    await eventually('it is given up', () => server.size === 0, 8000);
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 0 });
  }, 10_000);

  it('is not one that answers them', async () => {
    const { port, server } = await serveTcp({ hub: { heartbeatMs: 200 } });
    const alice = await TcpCaller.call(port);
    await alice.says('join-listen', { heartbeats: 'answer' });
    let answered = 0;
    alice.socket.on('data', () => {
      const beats = alice.lines.filter((line) => line['type'] === 'heartbeat').length;
      for (; answered < beats; answered += 1) alice.write('{"type":"heartbeat"}\n');
    });
    await settled(5600);
    expect(server.size).toBe(1);
    expect(answered).toBeGreaterThan(10);
  }, 10_000);

  it('is found out by what it does not acknowledge, and loses nothing of it', async () => {
    const { port, hub, server } = await serveTcp({ hub: { ackTimeoutMs: 400 } });
    const lost = await TcpCaller.call(port);
    const { session, key, cursor } = await lost.says('join');
    await lost.says('listen', { subject: '/a', ack: cursor });
    await lost.says('ack', { ack: cursor });
    hub.publish('/a', 'unheard');
    await eventually('it is given up', () => hub.stats().attached === 0);
    await lost.end();
    lost.socket.destroy();
    await eventually('its socket is gone', () => server.size === 0);
    const found = await TcpCaller.call(port);
    await found.says('listen', { session, key, ack: cursor });
    expect(await found.hears('data')).toMatchObject({ data: 'unheard' });
  });
});

describe('a slow reader', () => {
  it('costs a bounded buffer, and its connection in the end', async () => {
    const { port, hub, server } = await serveTcp({ handler: { stallMs: 400 } });
    const slow = await TcpCaller.call(port);
    await slow.says('join-listen', { subject: '/a' });
    slow.socket.pause();
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 400; n += 1) {
      hub.publish('/a', 'x'.repeat(60_000));
      if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('it is given up', () => server.size === 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024);
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 0 });
  });

  it('is told exactly what it missed when it reads on', async () => {
    const { port, hub } = await serveTcp({ hub: { log: { maxEvents: 50 } } });
    const slow = await TcpCaller.call(port);
    await slow.says('join-listen', { subject: '/a' });
    slow.socket.pause();
    for (let n = 1; n <= 600; n += 1) {
      hub.publish('/a', { n, filler: 'x'.repeat(20_000) });
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    slow.socket.resume();
    await slow.wait('the last', () => (slow.data.at(-1) as { n: number } | undefined)?.n === 600, 8000);
    const numbers = slow.data.map((data) => (data as { n: number }).n);
    const covered = slow.lines
      .filter((line) => line['type'] === 'gap')
      .reduce((sum, gap) => sum + Number(gap['to']) - Number(gap['from']) + 1, 0);
    expect(new Set(numbers).size + covered).toBe(600);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }, 12_000);

  it('of answers is held back, and its session lives on', async () => {
    const { port, server, hub } = await serveTcp({ handler: { stallMs: 500 } });
    const greedy = await TcpCaller.call(port);
    await greedy.says('join');
    greedy.socket.pause();
    const line = `{"type":"nonsense","padding":"${'y'.repeat(50)}"}\n`.repeat(500);
    const flood = setInterval(() => greedy.socket.writable && greedy.write(line), 1);
    await eventually('it is given up', () => server.size === 0, 7000);
    clearInterval(flood);
    expect(hub.stats().sessions).toBe(1);
  }, 10_000);
});
