// Each check of the reader alone: the others are slowed down so much that only this one can notice.
import type { FrameEntry } from '@cometkit/core/cluster';
import { entriesToText } from '@cometkit/core/engine-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openNatsCluster } from '../../packages/nats/src/cluster.ts';
import type { Timings } from '../../packages/nats/src/timings.ts';
import { eventOf, StagedNode } from '../../packages/testkit/src/engine-stage.ts';
import { eventually } from '../support/eventually.ts';
import { NatsServer, skipsNats } from '../support/nats.ts';
import { NatsWire, type WireMessage } from '../support/nats-wire.ts';
import { secret, stream } from './engine.ts';

vi.setConfig({ testTimeout: 40_000 });

/** Above what a log gives that begins now: a multiple of 1024. */
const far = 2 ** 52;
const never = 10_000_000;
const blind: Timings = {
  requestMs: 1000,
  retryMs: 20,
  pulseMs: never,
  heartbeatMs: 60_000,
  silenceMs: never,
  sweepMs: never,
};
const patienceMs = 5000;

describe.skipIf(skipsNats())('a node that reads a stream', () => {
  let server: NatsServer;
  let wire: NatsWire;
  const nodes: StagedNode[] = [];

  beforeEach(async () => {
    server = await NatsServer.start();
    wire = await NatsWire.start(server.port);
  });

  afterEach(async () => {
    for (const { cluster } of nodes.splice(0)) await cluster.stop();
    await wire.close();
    await server.close();
  });

  async function node(timings: Partial<Timings> = {}, servers = wire.servers, log = {}): Promise<StagedNode> {
    const made = new StagedNode(openNatsCluster({ servers, secret, log }, { ...blind, ...timings }));
    nodes.push(made);
    await made.cluster.log.start(made.sink);
    return made;
  }

  /** Where a life began whose first message was an event that a node has published. */
  const startOf = ({ accepted }: StagedNode) => (accepted.get('/a/1')?.position ?? 0) - 1024;

  /** A node that talks to the server without anything between them. */
  const other = () => node({}, server.servers);

  async function publish(publisher: StagedNode, word: string, from: number, to: number): Promise<void> {
    for (let number = from; number <= to; number += 1) await publisher.publish(`/${word}/${number}`);
  }

  const has = (reader: StagedNode, ...subjects: string[]) =>
    eventually(
      `${subjects.join(' ')} in ${reader.sink.subjects.join(' ')}`,
      () => subjects.join() === reader.sink.subjects.join(),
      patienceMs,
    );

  const renewals = (reader: StagedNode) => reader.sink.told.filter(({ kind }) => kind === 'renew').length - 1;
  const isDelivery = ({ reply }: WireMessage) => reply?.startsWith('$JS.ACK.') === true;

  /** Loses everything of the consumer that a reader has now. */
  async function deafen(publisher: StagedNode, reader: StagedNode): Promise<void> {
    let sid: string | undefined;
    wire.loses = (message) => {
      if (isDelivery(message)) sid ??= message.sid;
      return false;
    };
    await publisher.publish('/seen');
    await has(reader, '/seen');
    wire.loses = (message) => message.sid === sid;
  }

  it('asks again for the first message of a consumer when only the second arrives', async () => {
    const [alice, bob] = [await other(), await node()];
    let lost = 0;
    wire.loses = (message) => isDelivery(message) && lost++ === 0;
    await publish(alice, 'a', 1, 2);
    await has(bob, '/a/1', '/a/2');
    expect(bob.sink.told.some(({ kind }) => kind === 'hole')).toBe(false);
  });

  it('hears from a heartbeat that the last message was lost', async () => {
    const [alice, bob] = [await other(), await node({ heartbeatMs: 100 })];
    let lost = 0;
    wire.loses = (message) => isDelivery(message) && lost++ === 0;
    await publish(alice, 'a', 1, 1);
    await has(bob, '/a/1');
  });

  it('makes its consumer anew when it is silent', async () => {
    const [alice, bob] = [await other(), await node({ heartbeatMs: 100, silenceMs: 400 })];
    await deafen(alice, bob);
    await publish(alice, 'a', 1, 1);
    await has(bob, '/seen', '/a/1');
  });

  it('sees at its pulse that there is more than it was given', async () => {
    const [alice, bob] = [await other(), await node({ pulseMs: 100 })];
    await deafen(alice, bob);
    await publish(alice, 'a', 1, 1);
    await has(bob, '/seen', '/a/1');
  });

  it('sees at its pulse that the stream is another one', async () => {
    const bob = await node({ pulseMs: 100 });
    await publish(bob, 'a', 1, 2);
    await has(bob, '/a/1', '/a/2');
    // Between two pulses, none of which sees that there is no stream at all.
    wire.before('STREAM.INFO', recreate);
    await eventually('another life', () => renewals(bob) === 1, patienceMs);
  });

  it('sees at its pulse that the others are in another life', async () => {
    const bob = await node({ pulseMs: 100 });
    await publish(bob, 'a', 1, 1);
    await has(bob, '/a/1');
    const { created } = await (await server.manager()).streams.info(stream);
    const lives = [{ epoch: 'zz', offset: far, from: 2 }];
    await (await server.bucket('comet_meta')).put('life', JSON.stringify({ created, lives }));
    await eventually('the life of the others', () => bob.sink.epoch === 'zz', patienceMs);
    await bob.publish('/b');
    await has(bob, '/a/1', '/b');
    expect(bob.sink.frames.at(-1)).toMatchObject({ epoch: 'zz', first: far + 2 * 1024 });
  });

  it('begins one more life when that of the others lies below what it has seen', async () => {
    const bob = await node({ pulseMs: 100 });
    const { created } = await (await server.manager()).streams.info(stream);
    const begin = async (life: object) =>
      (await server.bucket('comet_meta')).put('life', JSON.stringify({ created, lives: [life] }));
    await begin({ epoch: 'high', offset: far, from: 1 });
    await eventually('the life of the others', () => bob.sink.epoch === 'high', patienceMs);
    await publish(bob, 'a', 1, 3);
    await has(bob, '/a/1', '/a/2', '/a/3');
    await begin({ epoch: 'low', offset: 0, from: 1 });
    await eventually('another life', () => renewals(bob) === 2, patienceMs);
    expect(bob.sink.epoch).not.toBe('low');
    await bob.publish('/b');
    await has(bob, '/a/1', '/a/2', '/a/3', '/b');
    const places = bob.sink.frames.map(({ first }) => first);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('passes over what the others have in a life that lies below, and does not take it for a stream that was set back', async () => {
    const bob = await node();
    const { created } = await (await server.manager()).streams.info(stream);
    const begin = async (life: object) =>
      (await server.bucket('comet_meta')).put('life', JSON.stringify({ created, lives: [life] }));
    await begin({ epoch: 'high', offset: far, from: 1 });
    wire.cut();
    await eventually('the life of the others', () => bob.sink.epoch === 'high', patienceMs);
    await publish(bob, 'a', 1, 3);
    await has(bob, '/a/1', '/a/2', '/a/3');
    wire.refuses = true;
    wire.cut();
    await begin({ epoch: 'low', offset: 0, from: 1 });
    await publish(await other(), 'low', 1, 2);
    wire.refuses = false;
    await eventually('another life', () => renewals(bob) === 2, patienceMs);
    wire.cut();
    await publish(bob, 'b', 1, 1);
    await has(bob, '/a/1', '/a/2', '/a/3', '/b/1');
    expect(renewals(bob)).toBe(2);
  });

  it('looks for a life that a message names, and tells the message as gone where there is none', async () => {
    const bob = await node();
    await publish(bob, 'a', 1, 1);
    await has(bob, '/a/1');
    const { created } = await (await server.manager()).streams.info(stream);
    const lives = [{ epoch: 'zz', offset: far, from: 2 }];
    await (await server.bucket('comet_meta')).put('life', JSON.stringify({ created, lives }));
    const frame = (epoch: string, subject: string) =>
      `alice000 1 ${epoch}\n${entriesToText([eventOf(subject)])}`;
    await server.publish('comet.log', frame('zz', '/known'));
    await has(bob, '/a/1', '/known');
    expect(bob.sink.frames.at(-1)).toMatchObject({ epoch: 'zz', first: far + 2 * 1024 });
    await server.publish('comet.log', frame('yy', '/unknown'));
    await bob.publish('/b');
    await has(bob, '/a/1', '/known', '/b');
    expect(bob.sink.covers('zz', far + 3 * 1024)).toBe(true);
  });

  it('does not send a batch in the next life that it has sent in the last one', async () => {
    const [alice, bob] = [await other(), await node()];
    await publish(alice, 'a', 1, 1);
    await has(bob, '/a/1');
    // Alice gets the batch, and bob does not hear of it.
    wire.loses = () => true;
    const batch = { seq: 1, entries: [eventOf('/b')] };
    await expect(bob.cluster.log.append(batch)).rejects.toThrow();
    await has(alice, '/a/1', '/b');
    await server.kill();
    wire.loses = () => false;
    await eventually('the end of the connection', () =>
      bob.cluster.log.append(batch).then(
        () => false,
        () => true,
      ),
    );
    const again = bob.cluster.log.append(batch);
    server.forget();
    await server.run();
    await expect(again).rejects.toThrow('another life');
    await publish(alice, 'c', 1, 1);
    await has(alice, '/a/1', '/b', '/c/1');
    await has(bob, '/a/1', '/c/1');
  });

  it('sees at its own publish that the stream gives sequences again', async () => {
    const bob = await node();
    await publish(bob, 'a', 1, 3);
    await has(bob, '/a/1', '/a/2', '/a/3');
    await recreate();
    const appended = await bob.publish('/b');
    await has(bob, '/a/1', '/a/2', '/a/3', '/b');
    expect(bob.sink.frames.at(-1)).toMatchObject({ epoch: appended.epoch, first: appended.first });
  });

  it('notices a message of another id at its place when it comes back', async () => {
    const bob = await node();
    await publish(bob, 'a', 1, 2);
    await has(bob, '/a/1', '/a/2');
    await server.kill();
    server.remember();
    await server.run();
    await publish(bob, 'lost', 1, 3);
    await has(bob, '/a/1', '/a/2', '/lost/1', '/lost/2', '/lost/3');
    await server.kill();
    server.restore();
    const held = new Promise<void>((resolve) => {
      wire.before('STREAM.INFO', () => publishMore(resolve));
    });
    await server.run();
    await held;
    await eventually('another life', () => renewals(bob) === 1, patienceMs);
    await publish(bob, 'c', 1, 1);
    await has(bob, '/a/1', '/a/2', '/lost/1', '/lost/2', '/lost/3', '/c/1');
    // Who has read them in the life before has them at places that mean something else here.
    const { epoch, first } = bob.sink.frames.at(-1) ?? {};
    const holes = bob.sink.told.filter(({ kind }) => kind === 'hole');
    expect(holes).toHaveLength(4);
    expect(epoch).toBe(bob.sink.epoch);
    expect(first).toBeGreaterThan(Math.max(...holes.map((hole) => (hole.kind === 'hole' ? hole.to : 0))));
  });

  // While the reader is held up, another node publishes more than was lost.
  async function publishMore(done: () => void): Promise<void> {
    const carol = await other();
    await publish(carol, 'b', 1, 4);
    done();
  }

  it('reads to its end the life that the others have left, as they have read it', async () => {
    const [alice, bob] = [await other(), await node()];
    await publish(alice, 'a', 1, 1);
    await has(bob, '/a/1');
    // Bob is away when the server is set back to a state that bob has not read yet.
    wire.refuses = true;
    wire.cut();
    await publish(alice, 'b', 1, 2);
    await server.kill();
    server.remember();
    await server.run();
    await publish(alice, 'lost', 1, 1);
    await has(alice, '/a/1', '/b/1', '/b/2', '/lost/1');
    await server.kill();
    server.restore();
    await server.run();
    await publish(alice, 'c', 1, 1);
    wire.refuses = false;
    await has(alice, '/a/1', '/b/1', '/b/2', '/lost/1', '/c/1');
    await has(bob, '/a/1', '/b/1', '/b/2', '/c/1');
    const carol = await other();
    await has(carol, '/a/1', '/b/1', '/b/2', '/c/1');
    for (const reader of [bob, carol]) {
      const places = reader.sink.frames.map(({ epoch, first }) => `${epoch} ${first}`);
      const same = alice.sink.frames.filter((_, index) => index !== 3);
      expect(places).toEqual(same.map(({ epoch, first }) => `${epoch} ${first}`));
      expect(reader.sink.told.at(-2)).toEqual(alice.sink.told.at(-2));
    }
  });

  it('looks once more when its consumer is made: the stream may have been changed since the first look', async () => {
    const bob = await node();
    await publish(bob, 'a', 1, 2);
    await has(bob, '/a/1', '/a/2');
    wire.before('CONSUMER.CREATE', async () => {
      await recreate();
      await publish(await other(), 'b', 1, 4);
    });
    wire.cut();
    await has(bob, '/a/1', '/a/2', '/b/1', '/b/2', '/b/3', '/b/4');
    expect(renewals(bob)).toBe(1);
  });

  it('tells as gone what was purged while it was away', async () => {
    const [alice, bob] = [await other(), await node()];
    await publish(alice, 'a', 1, 1);
    await has(bob, '/a/1');
    wire.before('STREAM.INFO', async () => {
      await publish(alice, 'gone', 1, 3);
      await (await server.manager()).streams.purge(stream);
    });
    wire.cut();
    const hole = await eventually(
      'a hole',
      () => bob.sink.told.find(({ kind }) => kind === 'hole'),
      patienceMs,
    );
    const start = startOf(alice);
    expect(hole).toMatchObject({ from: start + 2 * 1024, to: start + 4 * 1024 + 1023 });
    expect(alice.accepted.get('/gone/1')?.position).toBe(start + 2 * 1024);
    await publish(alice, 'b', 1, 1);
    await has(bob, '/a/1', '/b/1');
    expect(renewals(bob)).toBe(0);
  });

  it('tells as gone what was deleted at the end while it was away', async () => {
    const [alice, bob] = [await other(), await node()];
    await publish(alice, 'a', 1, 1);
    await has(bob, '/a/1');
    wire.before('STREAM.INFO', async () => {
      await publish(alice, 'gone', 1, 2);
      const { streams } = await server.manager();
      for (const sequence of [2, 3]) await streams.deleteMessage(stream, sequence);
    });
    wire.cut();
    const hole = await eventually(
      'a hole',
      () => bob.sink.told.find(({ kind }) => kind === 'hole'),
      patienceMs,
    );
    const start = startOf(alice);
    expect(hole).toMatchObject({ from: start + 2 * 1024, to: start + 3 * 1024 + 1023 });
  });

  it('passes what is deleted in the middle, and tells it as gone', async () => {
    const [alice, bob] = [await other(), await node()];
    await publish(alice, 'a', 1, 1);
    await has(bob, '/a/1');
    wire.before('STREAM.INFO', async () => {
      await publish(alice, 'b', 1, 3);
      await (await server.manager()).streams.deleteMessage(stream, 3);
    });
    wire.cut();
    await has(bob, '/a/1', '/b/1', '/b/3');
    const start = startOf(alice);
    expect(bob.sink.told.find(({ kind }) => kind === 'hole')).toMatchObject({
      from: start + 3 * 1024,
      to: start + 3 * 1024 + 1023,
    });
  });

  it('does not give a batch twice that the server has taken twice, when it had forgotten the id', async () => {
    const bob = await node({}, wire.servers, { maxAgeMs: 100 });
    const entries: FrameEntry[] = [
      {
        kind: 'data',
        draft: { subject: '/once', json: '1', scope: 'subject', from: undefined, to: undefined },
      },
    ];
    const first = await bob.cluster.log.append({ seq: 1, entries });
    await has(bob, '/once');
    const again = await eventually('the server has forgotten the id', async () => {
      const appended = await bob.cluster.log.append({ seq: 1, entries });
      return appended.repeated ? undefined : appended;
    });
    expect(again.first).toBeGreaterThan(first.first);
    await bob.cluster.log.append({ seq: 2, entries: [] }).catch(() => undefined);
    await eventually('the hole', () => bob.sink.covers(again.epoch, again.first), patienceMs);
    expect(bob.sink.subjects).toEqual(['/once']);
  });

  it('begins another life after a stream that was emptied and killed has begun at 1 again', async () => {
    const bob = await node({ pulseMs: 100, heartbeatMs: 100, silenceMs: 400 });
    await publish(bob, 'a', 1, 3);
    await has(bob, '/a/1', '/a/2', '/a/3');
    await (await server.manager()).streams.purge(stream, { filter: 'comet.log' });
    await server.kill();
    await server.run();
    await publish(bob, 'b', 1, 2);
    await has(bob, '/a/1', '/a/2', '/a/3', '/b/1', '/b/2');
    const { state } = await (await server.manager()).streams.info(stream);
    expect(state.last_seq).toBe(2);
    expect(renewals(bob)).toBe(1);
    expect(bob.sink.frames.at(-1)?.first).toBeGreaterThan(startOf(bob) + 4 * 1024);
  });

  it('makes a connection anew that does not answer', async () => {
    const bob = await node({ pulseMs: 100, requestMs: 300 });
    await publish(bob, 'a', 1, 1);
    wire.freeze();
    // The client itself takes half a minute.
    await Promise.all([publish(bob, 'b', 1, 1), has(bob, '/a/1', '/b/1')]);
  });

  it('goes on when its consumer is deleted', async () => {
    const [alice, bob] = [await other(), await node({ heartbeatMs: 100, silenceMs: 400 })];
    await publish(alice, 'a', 1, 1);
    const { consumers } = await server.manager();
    for await (const { name } of consumers.list(stream)) await consumers.delete(stream, name);
    await publish(alice, 'b', 1, 1);
    await has(bob, '/a/1', '/b/1');
  });

  async function recreate(): Promise<void> {
    const { streams } = await server.manager();
    const { config } = await streams.info(stream);
    await streams.delete(stream);
    await streams.add(config);
  }
});
