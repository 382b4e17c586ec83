import dgram from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Message, serveUdp, UdpCaller } from './kit.ts';

const addresses = Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
  list.map((entry) => ({ name, ...entry })),
);
const loopback = addresses.some(({ address }) => address === '::1');
if (!loopback) process.stdout.write('No ::1: datagrams over IPv6 are not tested.\n');
// A group of the local link leaves by an interface that has an address there.
const outside = addresses.find(({ address }) => address.startsWith('fe80:'))?.name;
if (outside === undefined)
  process.stdout.write('No network interface with IPv6: its multicast is not tested.\n');

const numbersOf = (data: readonly Message[]) => data.map(({ seq }) => seq);

describe.skipIf(!loopback)('a session over UDP and IPv6', () => {
  it('joins, listens and leaves at ::1, which is where it listens by itself', async () => {
    const { port, hub, server } = await serveUdp({ socket: { type: 'udp6' } });
    const alice = await UdpCaller.call(port, '::1');
    await alice.prove();
    expect(await alice.says('join')).toMatchObject({ type: 'join-ack' });
    expect(await alice.says('listen', { subject: '/a' })).toMatchObject({ type: 'listen-ack' });
    for (const x of [1, 2, 3]) hub.publish('/a', x);
    await alice.wait('all', () => alice.of('data').length === 3);
    expect(numbersOf(alice.of('data'))).toEqual([1, 2, 3]);
    expect(server.size).toBe(1);
    expect(await alice.says('leave')).toMatchObject({ type: 'leave-ack' });
    expect(hub.stats().sessions).toBe(0);
  });

  it('goes on from the cursor that it holds at another port', async () => {
    const { port, hub } = await serveUdp({ socket: { type: 'udp6' } });
    const alice = await UdpCaller.call(port, '::1');
    await alice.prove();
    const { session, key } = await alice.says('join');
    await alice.says('listen', { subject: '/a' });
    for (const x of [1, 2, 3]) hub.publish('/a', x);
    await alice.wait('all', () => alice.of('data').length === 3);
    const elsewhere = await UdpCaller.call(port, '::1');
    await elsewhere.prove();
    await elsewhere.says('listen', { session, key, ack: alice.of('data')[1]?.['cursor'] });
    await elsewhere.wait('the rest', () => elsewhere.of('data').length === 1);
    expect(elsewhere.of('data')[0]).toMatchObject({ data: 3 });
    await alice.hears('superseded');
  });

  it('proves its address first: a short datagram gets no answer, a token of another port is none', async () => {
    const { port } = await serveUdp({ socket: { type: 'udp6' } });
    const [alice, mallory] = [await UdpCaller.call(port, '::1'), await UdpCaller.call(port, '::1')];
    await alice.prove();
    mallory.send({ type: 'join' });
    mallory.send({ type: 'join', token: alice.token, requestId: 7, padding: 'x'.repeat(100) });
    expect(await mallory.hears('challenge')).toMatchObject({ requestId: 7 });
    expect(mallory.datagrams).toHaveLength(1);
  });
});

describe.skipIf(outside === undefined)('a multicast group of IPv6', () => {
  it('is sent every event once, numbered, over the interface that is named', async () => {
    const listener = dgram.createSocket({ type: 'udp6', reuseAddr: true });
    await new Promise<void>((resolve) => {
      listener.bind(0, '::', resolve);
    });
    onTestFinished(() => void listener.close());
    const [address, via] = ['ff02::7843', `::%${outside}`];
    listener.addMembership(address, via);
    const heard: Message[] = [];
    const all = new Promise<void>((resolve) => {
      listener.on('message', (bytes) => {
        if (heard.push(JSON.parse(bytes.toString())) === 3) resolve();
      });
    });
    const group = { subject: '/a', address, port: listener.address().port, interface: via };
    const { hub } = await serveUdp({ socket: { type: 'udp6', groups: [group] } });
    for (const x of [1, 2, 3]) hub.publish('/a', x);
    hub.publish('/b', 'not meant');
    await all;
    expect(heard).toMatchObject([1, 2, 3].map((x) => ({ type: 'data', seq: x, data: x })));
  });
});
