import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Caller, type Heard, names } from '../handler/connection-kit.ts';
import { type Nodes, nodes } from './kit.ts';

const slowly = promisify(pbkdf2);
const patienceMs = 20_000;

// Keys are compared by threads of the platform, which come to it whenever the computer lets them: nobody knows in which turn, so this waits by
// the real clock. Meanwhile hardly any time of the nodes may pass: connections that wait are closed after some seconds.
async function hears(all: Nodes, caller: Caller, type: string): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  const end = performance.now() + patienceMs;
  for (let pause = 0; !names(heard).includes(type) && performance.now() < end; pause = 5) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    await all.pass(1);
    heard.push(...caller.hears());
  }
  return heard;
}

describe('a connection of messages', () => {
  it('listens on one node to the session of a join on another', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('c', 'subscribe', { subject: '/news' });
    const caller = new Caller(all.node('b').handler.connections({ syntax: 'json', name: 'websocket' }));
    caller.says('listen', { session: client.id, key: client.key });
    expect(names(await hears(all, caller, 'listen-ack'))).toContain('listen-ack');
    await all.node('c').hub.publish('/news', 1).accepted();
    expect(names(await hears(all, caller, 'data'))).toContain('data');
  });

  it('is answered however late the computer comes to compare keys', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const caller = new Caller(all.node('b').handler.connections({ syntax: 'json', name: 'websocket' }));
    const occupied = Promise.all(Array.from({ length: 4 }, () => slowly('x', 'y', 400_000, 32, 'sha256')));
    caller.says('listen', { session: client.id, key: client.key });
    expect(names(await hears(all, caller, 'listen-ack'))).toContain('listen-ack');
    await occupied;
  }, 30_000);

  it('goes on over HTTP on another node, and is told that it is superseded', async () => {
    const all = await nodes();
    const caller = new Caller(all.node('a').handler.connections({ syntax: 'json', name: 'websocket' }));
    caller.says('join-listen', { subject: '/news' });
    const ack = (await hears(all, caller, 'join-listen-ack')).find(({ type }) => type === 'join-listen-ack');
    const client = await all.client('b');
    client.id = String(ack?.['session']);
    client.key = String(ack?.['key']);
    const stream = await client.listens('b', { ack: String(ack?.['cursor']) });
    expect(names(await hears(all, caller, 'superseded'))).toContain('superseded');
    await all.node('c').hub.publish('/news', 1).accepted();
    expect(await stream.items()).toEqual(['1']);
  });

  it('cannot take a session whose key it does not have', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const caller = new Caller(all.node('b').handler.connections({ syntax: 'json', name: 'websocket' }));
    caller.says('listen', { session: client.id, key: 'AAAAAAAAAAAAAAAAAAAAAA' });
    expect(names(await hears(all, caller, 'refused'))).toEqual(['refused']);
    expect(all.node('b').hub.session(client.id)).toBeUndefined();
  });
});
