import dgram from 'node:dgram';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Message, serveUdp, settled, UdpCaller } from './kit.ts';

const padded = (fields: Message): Message => ({ ...fields, padding: 'x'.repeat(100) });

describe('a session over UDP', () => {
  it('joins, subscribes, listens and leaves, one object in a datagram', async () => {
    const { port, hub } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    expect(await alice.says('subscribe', { subject: '/a' })).toMatchObject({ type: 'subscribe-ack' });
    expect(await alice.says('listen')).toMatchObject({ type: 'listen-ack', requestId: 3 });
    hub.publish('/a', { x: 1 });
    hub.publish('/a', { x: 2 });
    await alice.wait('both', () => alice.of('data').length === 2);
    expect(alice.of('data')).toMatchObject([
      { seq: 1, subject: '/a', cursor: expect.any(String), data: { x: 1 } },
      { seq: 2, data: { x: 2 } },
    ]);
    expect(await alice.says('publish', { subject: '/a', data: 3 })).toMatchObject({
      type: 'publish-ack',
    });
    expect(await alice.says('leave')).toMatchObject({ type: 'leave-ack' });
    expect(hub.stats().sessions).toBe(0);
  });

  it('is told the last number with every heartbeat, so that a loss at the end is seen', async () => {
    const { port, hub } = await serveUdp({ hub: { heartbeatMs: 100 } });
    const alice = await UdpCaller.joined(port);
    await alice.says('listen', { subject: '/a' });
    expect(await alice.hears('heartbeat')).toMatchObject({ seq: 0 });
    for (const x of [1, 2, 3]) hub.publish('/a', x);
    await alice.wait('a heartbeat behind them', () => alice.of('heartbeat').at(-1)?.['seq'] === 3);
  });

  it('resumes from the cursor that it holds, over any address', async () => {
    const { port, hub } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    const { session, key } = alice.of('join-ack')[0] ?? {};
    await alice.says('listen', { subject: '/a' });
    for (const x of [1, 2, 3]) hub.publish('/a', x);
    await alice.wait('all', () => alice.of('data').length === 3);
    const elsewhere = await UdpCaller.call(port);
    await elsewhere.prove();
    await elsewhere.says('listen', { session, key, ack: alice.of('data')[0]?.['cursor'] });
    await elsewhere.wait('the rest', () => elsewhere.of('data').length === 2);
    expect(elsewhere.of('data').map(({ data }) => data)).toEqual([2, 3]);
    await alice.hears('superseded');
  });

  it('announces what is too long for a datagram by its cursor', async () => {
    const { port, hub } = await serveUdp({ socket: { maxDatagramBytes: 500 } });
    const alice = await UdpCaller.joined(port);
    await alice.says('listen', { subject: '/a' });
    hub.publish('/a', 'x'.repeat(2000));
    hub.publish('/a', 'short');
    await alice.hears('data');
    expect(await alice.hears('oversize')).toMatchObject({
      seq: 1,
      subject: '/a',
      cursor: expect.any(String),
      bytes: expect.any(Number),
    });
    expect(alice.of('data')).toMatchObject([{ seq: 2, data: 'short' }]);
    for (const datagram of alice.datagrams) expect(JSON.stringify(datagram).length).toBeLessThanOrEqual(500);
  });

  it('ends with the server, which says so', async () => {
    const { port, hub, server } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    await alice.says('listen');
    hub.close();
    expect(await alice.hears('abort')).toMatchObject({ reason: 'shutdown' });
    await eventually('nobody is left', () => server.size === 0);
  });

  it('is forgotten when nothing is heard, and its session is not', async () => {
    const { port, server, hub } = await serveUdp({ socket: { silenceMs: 200 } });
    const alice = await UdpCaller.joined(port);
    await alice.says('listen');
    await eventually('it is forgotten', () => server.size === 0);
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 0 });
  });

  it('is remembered while it sends heartbeats', async () => {
    const { port, server } = await serveUdp({ socket: { silenceMs: 300 } });
    const alice = await UdpCaller.joined(port);
    await alice.says('listen');
    for (let n = 0; n < 10; n += 1) {
      await alice.says('heartbeat');
      await settled(60);
    }
    expect(server.size).toBe(1);
  });
});

describe('an address that is not proved', () => {
  it('gets a challenge, and never more bytes than it has sent', async () => {
    const { port, hub } = await serveUdp();
    const mallory = await UdpCaller.call(port);
    let sent = 0;
    const commands: (string | Message)[] = [
      { type: 'join' },
      { type: 'join-listen', subject: '/' },
      padded({ type: 'join-listen', subject: '/' }),
      padded({ type: 'join', token: 'x'.repeat(22) }),
      padded({ type: 'join', token: '' }),
      padded({ type: 'join', token: 7 }),
      padded({ type: 'heartbeat', requestId: 9_007_199_254_740_991 }),
      '{}',
      'x',
      '{',
      `{${'"'.repeat(200)}`,
      '[]',
      'null',
    ];
    for (const command of commands) {
      const text = typeof command === 'string' ? command : JSON.stringify(command);
      mallory.send(text);
      sent += text.length;
      await settled(10);
      expect(mallory.bytes).toBeLessThanOrEqual(sent);
    }
    await settled();
    expect(new Set(mallory.datagrams.map(({ type }) => type))).toEqual(new Set(['challenge']));
    expect(hub.stats().opened).toBe(0);
  });

  it('is not answered one byte for nothing: what is too short gets no challenge', async () => {
    const { port } = await serveUdp();
    const mallory = await UdpCaller.call(port);
    for (let n = 0; n < 20; n += 1) mallory.send({ type: 'join' });
    await settled();
    expect(mallory.datagrams).toEqual([]);
  });

  it('costs no memory, however many there are', async () => {
    const { port, server } = await serveUdp();
    for (let n = 0; n < 50; n += 1) {
      const spoof = await UdpCaller.call(port);
      spoof.send(padded({ type: 'join' }));
    }
    await settled();
    expect(server.size).toBe(0);
  });
});

describe('a spoofed source', () => {
  it('cannot speak for a client whose token it does not know', async () => {
    const { port, hub } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    await alice.says('listen', { subject: '/a' });
    // The very socket of Alice, which is what a forged source address looks like to the server.
    for (const token of [undefined, '', 'A'.repeat(22), alice.token?.slice(1)]) {
      alice.send(padded({ type: 'leave', ...(token === undefined ? {} : { token }) }));
    }
    await settled();
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 1 });
    expect(await alice.says('heartbeat')).toMatchObject({ type: 'heartbeat-ack' });
  });
});

describe('a replayed token', () => {
  it('is worth nothing at another address or port', async () => {
    const { port, hub } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    const mallory = await UdpCaller.call(port);
    mallory.send(padded({ type: 'join', token: alice.token }));
    expect(await mallory.hears('challenge')).not.toMatchObject({ token: alice.token });
    expect(hub.stats().opened).toBe(1);
  });

  it('is worth nothing when it is old', async () => {
    const { port, hub } = await serveUdp({ socket: { tokenMs: 100 } });
    const alice = await UdpCaller.call(port);
    await alice.prove();
    await settled(250);
    alice.send(padded({ type: 'join', token: alice.token }));
    await alice.wait('another challenge', () => alice.of('challenge').length === 2);
    expect(hub.stats().opened).toBe(0);
  });

  it('stays good for who has used it in time', async () => {
    const { port } = await serveUdp({ socket: { tokenMs: 100 } });
    const alice = await UdpCaller.joined(port);
    await settled(250);
    expect(await alice.says('heartbeat')).toMatchObject({ type: 'heartbeat-ack' });
  });
});

describe('a repeated request', () => {
  it('is answered again and carried out once', async () => {
    const { port, hub } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    const request = { type: 'subscribe', subject: '/a', token: alice.token, requestId: 50 };
    for (let n = 0; n < 3; n += 1) {
      alice.send(request);
      await alice.wait('an answer', () => alice.of('subscribe-ack').length === n + 1);
    }
    expect(hub.stats().subscriptions).toBe(1);
    expect(new Set(alice.of('subscribe-ack').map(({ subscription }) => subscription)).size).toBe(1);
  });

  it('that is older than the last is ignored', async () => {
    const { port, hub } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    await alice.says('subscribe', { subject: '/a' });
    await alice.says('heartbeat');
    alice.send({ type: 'subscribe', subject: '/a', token: alice.token, requestId: 2 });
    await settled();
    expect(hub.stats().subscriptions).toBe(1);
  });
});

describe('limits', () => {
  it('hold for the clients of one address and for all', async () => {
    const { port, server } = await serveUdp({ socket: { maxPeersPerAddress: 2 } });
    const callers = [await UdpCaller.joined(port), await UdpCaller.joined(port)];
    const third = await UdpCaller.call(port);
    await third.prove();
    third.send({ type: 'join', token: third.token });
    await settled();
    expect(third.of('join-ack')).toEqual([]);
    await callers[0]?.says('listen');
    await callers[0]?.says('leave');
    await eventually('there is room', () => server.size === 1);
    await third.says('join');
  });

  it('hold for the length of a request', async () => {
    const { port } = await serveUdp({ socket: { maxRequestBytes: 300 } });
    const alice = await UdpCaller.joined(port);
    alice.send({ type: 'heartbeat', token: alice.token, requestId: 9, padding: 'x'.repeat(400) });
    await settled();
    expect(alice.of('heartbeat-ack')).toEqual([]);
  });

  it('hold for who never joins', async () => {
    const { port, server } = await serveUdp({ socket: { handshakeMs: 200 } });
    const alice = await UdpCaller.call(port);
    await alice.prove();
    await alice.says('heartbeat');
    expect(server.size).toBe(1);
    await eventually('it is forgotten', () => server.size === 0);
  });

  it('hold against garbage of every kind', async () => {
    const { port, errors } = await serveUdp();
    const mallory = await UdpCaller.joined(port);
    for (let seed = 1; seed < 300; seed += 1) {
      const text = `{"token":"${mallory.token}","type":${'[{"'[seed % 3]}${(seed * 2654435761) % 997}`;
      mallory.send(text);
      mallory.send(`${'{"a":'.repeat(seed % 200)}1${'}'.repeat(seed % 200)}`);
      mallory.send({ token: mallory.token, type: { a: seed } });
    }
    await settled();
    expect(await mallory.says('heartbeat')).toMatchObject({ type: 'heartbeat-ack' });
    expect(errors).toEqual([]);
  });
});

describe('lost datagrams', () => {
  it('are told by the numbers, and fetched by the cursor', async () => {
    const { port, hub } = await serveUdp();
    const alice = await UdpCaller.joined(port);
    const { session, key } = alice.of('join-ack')[0] ?? {};
    await alice.says('listen', { subject: '/a' });
    for (let n = 1; n <= 20; n += 1) hub.publish('/a', n);
    await alice.wait('all', () => alice.of('data').length === 20);
    // What a network would have done: 8, 9 and 10 never came.
    const arrived = alice.of('data').filter(({ data }) => Number(data) < 8 || Number(data) > 10);
    const hole = arrived.find((datagram, index) => datagram['seq'] !== index + 1);
    expect(hole).toMatchObject({ seq: 11 });
    const before = arrived[arrived.indexOf(hole as Message) - 1];
    await alice.says('listen', { session, key, ack: before?.['cursor'] });
    await alice.wait('what was missed', () => alice.of('data').length === 33);
    expect(
      alice
        .of('data')
        .slice(20, 23)
        .map(({ data }) => data),
    ).toEqual([8, 9, 10]);
  });
});

describe('a multicast group', () => {
  const group = { subject: '/fx', address: '239.255.77.1', interface: '127.0.0.1' };

  async function listener(address: string): Promise<{ port: number; heard: Message[] }> {
    const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    const heard: Message[] = [];
    socket.on('message', (bytes) => heard.push(JSON.parse(bytes.toString('utf8'))));
    await new Promise<void>((resolve) => {
      socket.bind(0, '0.0.0.0', resolve);
    });
    socket.addMembership(address, '127.0.0.1');
    onTestFinished(() => void socket.close());
    return { port: socket.address().port, heard };
  }

  it('gets the public events of its subject, numbered, with their cursors', async () => {
    const { port, heard } = await listener(group.address);
    const { hub } = await serveUdp({ socket: { groups: [{ ...group, port }] } });
    hub.publish('/fx/eur', 1);
    hub.publish('/private', 2);
    hub.broadcast('/fx', 'to all sessions');
    hub.publish('/fx', 3);
    await eventually('both are there', () => heard.length === 2);
    await settled();
    expect(heard).toMatchObject([
      { seq: 1, subject: '/fx/eur', cursor: expect.any(String), data: 1 },
      { seq: 2, subject: '/fx', data: 3 },
    ]);
  });

  it('hears the last number when nothing happens, and what was too long', async () => {
    const { port, heard } = await listener('239.255.77.2');
    const { hub } = await serveUdp({
      hub: { heartbeatMs: 150 },
      socket: { groups: [{ ...group, address: '239.255.77.2', port }], maxDatagramBytes: 400 },
    });
    hub.publish('/fx', 'x'.repeat(1000));
    await eventually('a heartbeat', () => heard.some(({ type, seq }) => type === 'heartbeat' && seq === 1));
    expect(heard.find(({ seq, type }) => seq === 1 && type === 'oversize')).toBeDefined();
  });

  it('goes no further than the local network unless it is told to', async () => {
    const ttls: number[] = [];
    const original = dgram.Socket.prototype.setMulticastTTL;
    dgram.Socket.prototype.setMulticastTTL = function (this: dgram.Socket, ttl: number) {
      ttls.push(ttl);
      return original.call(this, ttl);
    };
    try {
      await serveUdp({
        socket: {
          groups: [
            { ...group, port: 40_000 },
            { ...group, port: 40_000, ttl: 3 },
          ],
        },
      });
    } finally {
      dgram.Socket.prototype.setMulticastTTL = original;
    }
    expect(ttls).toEqual([1, 3]);
  });

  it('must be one', async () => {
    const wrong = [
      { ...group, port: 1, address: '127.0.0.1' },
      { ...group, port: 1, address: '223.255.255.255' },
      { ...group, port: 1, address: '240.0.0.1' },
      { ...group, port: 1, address: 'ff02::1' },
      { ...group, port: 1, address: 'example.com' },
      { ...group, port: 0 },
      { ...group, port: 1, ttl: 256 },
    ];
    for (const each of wrong) await expect(serveUdp({ socket: { groups: [each] } })).rejects.toThrow();
    const unreadable = { ...group, port: 40_000, subject: 'no slash' };
    await expect(serveUdp({ socket: { groups: [unreadable] } })).rejects.toThrow('invalid-pattern');
  });

  it('leaves nothing behind when the server is closed', async () => {
    const { server, hub } = await serveUdp({ socket: { groups: [{ ...group, port: 40_000 }] } });
    expect(hub.stats().sessions).toBe(1);
    await server.close();
    await server.close();
    expect(hub.stats().sessions).toBe(0);
  });
});
