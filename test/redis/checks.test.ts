import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Timings } from '../../packages/redis/src/settings.ts';
import { StagedNode, settles } from '../../packages/testkit/src/engine-stage.ts';
import { skipsRedis } from '../support/redis.ts';
import { keys, RedisEngine } from './engine.ts';
import { further, type Stand, standOf } from './history.ts';

// A check is alone where the others cannot run: no pulse within the test, no read that comes back by itself.
const never = 600_000;
const blocked: Partial<Timings> = { blockMs: never, commandMs: 2000 };
const noPulse: Partial<Timings> = { ...blocked, pulseMs: never };
const patienceMs = 2500;

let engine: RedisEngine;
let alice: StagedNode;
let bob: StagedNode;

async function node(timings: Partial<Timings>): Promise<StagedNode> {
  const started = new StagedNode(engine.open(timings));
  await started.cluster.log.start(started.sink);
  return started;
}

/** Alice reads under the timings; both have what bob has published. */
async function begin(timings: Partial<Timings>): Promise<Stand> {
  alice = await node(timings);
  bob = await node(noPulse);
  for (const number of [1, 2, 3]) await bob.publish(`/old/${number}`);
  await Promise.all([alice.sees('/old/3'), bob.sees('/old/3')]);
  return standOf(alice);
}

const lives = () => alice.sink.told.filter(({ kind }) => kind === 'renew').length;
const holes = () => alice.sink.told.filter(({ kind }) => kind === 'hole');

describe.skipIf(skipsRedis())('one check alone', () => {
  beforeEach(async () => {
    engine = await RedisEngine.start();
  });

  afterEach(async () => {
    await alice.cluster.stop();
    await bob.cluster.stop();
    await engine.close();
  });

  it('chain: a frame that is missing between two is told as a hole', async () => {
    const stand = await begin(noPulse);
    const gone = further(stand, '/gone');
    const next = further(gone.stand, '/next');
    await engine.server.transaction(...gone.commands, ...next.commands, [
      'XDEL',
      keys.log,
      `1-${gone.stand.at}`,
    ]);
    await alice.sees('/next');
    expect(holes()).toEqual([{ kind: 'hole', epoch: stand.epoch, from: stand.at + 1, to: stand.at + 1 }]);
  });

  it('chain: a frame that follows another history begins a new life', async () => {
    await begin(noPulse);
    await engine.remember();
    const before = standOf(alice);
    await bob.publish('/lost');
    await alice.sees('/lost');
    const other = further(before, '/other');
    const next = further(other.stand, '/next');
    await engine.restore(...other.commands, ...next.commands);
    await settles(() => expect(lives()).toBe(2), patienceMs);
    expect(alice.sink.subjects).not.toContain('/next');
  });

  it('rejoin: another history at the same place is noticed when the reader comes back', async () => {
    await begin(noPulse);
    await engine.remember();
    const before = standOf(alice);
    await bob.publish('/lost');
    await alice.sees('/lost');
    engine.proxy.refuse();
    await engine.restore(...further(before, '/other').commands);
    engine.proxy.open();
    await settles(() => expect(lives()).toBe(2), patienceMs);
  });

  it('rejoin: what was trimmed while the reader was away is told as a hole', async () => {
    const stand = await begin(noPulse);
    engine.proxy.refuse();
    const gone = further(stand, '/gone');
    await engine.server.transaction(...gone.commands, ['XTRIM', keys.log, 'MAXLEN', '0']);
    engine.proxy.open();
    await settles(() => expect(holes()).toHaveLength(1), patienceMs);
  });

  it('pulse: an engine that was set back under an open connection begins a new life', async () => {
    await begin({ ...blocked, pulseMs: 50 });
    await engine.remember();
    await bob.publish('/lost');
    await alice.sees('/lost');
    await engine.restore();
    await settles(() => expect(lives()).toBe(2), patienceMs);
  });

  it('pulse: a frame that went before the reader had it is told as a hole', async () => {
    const stand = await begin({ ...blocked, pulseMs: 50 });
    const gone = further(stand, '/gone');
    await engine.server.transaction(...gone.commands, ['XTRIM', keys.log, 'MAXLEN', '0']);
    await settles(() => expect(holes()).toHaveLength(1), patienceMs);
    expect(lives()).toBe(1);
  });

  it('floor: no number that a node has seen is given again', async () => {
    await begin(noPulse);
    await engine.remember();
    await bob.publish('/lost');
    await Promise.all([alice.sees('/lost'), bob.sees('/lost')]);
    const { epoch, at } = standOf(alice);
    await engine.restore();
    const appended = await alice.publish('/first');
    expect(appended.epoch).not.toBe(epoch);
    expect(appended.first).toBeGreaterThan(at);
  });

  it('floor: a later life is not followed by an earlier one', async () => {
    await begin(noPulse);
    await engine.remember();
    await engine.server.command('FLUSHALL');
    const later = await alice.publish('/later');
    await alice.sees('/later');
    await engine.restore();
    const appended = await alice.publish('/latest');
    expect(Number.parseInt(appended.epoch.slice(0, -7), 10)).toBeGreaterThan(
      Number.parseInt(later.epoch.slice(0, -7), 10),
    );
    expect(appended.first).toBeGreaterThan(later.first);
  });

  it('seqs: a frame that an engine without memory takes again does not come again', async () => {
    await begin(noPulse);
    const batch = { seq: 9, entries: [...(bob.sink.frames.at(-1)?.entries ?? [])] };
    await bob.cluster.log.append(batch);
    await settles(() => expect(alice.sink.frames.at(-1)?.seq).toBe(9), patienceMs);
    await engine.server.command('FLUSHALL');
    const again = await bob.persist(batch);
    expect(again.repeated).toBe(false);
    await bob.cluster.log.append({ ...batch, seq: 10 });
    await settles(() => expect(alice.sink.frames.at(-1)?.seq).toBe(10), patienceMs);
    expect(
      alice.sink.frames.filter(({ seq, node: from }) => seq === 9 && from === bob.cluster.node),
    ).toHaveLength(1);
    expect(holes()).not.toEqual([]);
  });
});
