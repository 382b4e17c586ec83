import { CometError } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { EngineAway } from '../../packages/handler/src/cluster/engine-away.ts';
import { recordToText, type SessionRecord } from '../../packages/handler/src/cluster/record.ts';
import { RecordStore } from '../../packages/handler/src/cluster/record-store.ts';
import { MemoryEngine } from './memory-engine.ts';

const record: SessionRecord = {
  id: 's1',
  format: 'ndjson',
  mode: 'stream',
  tokens: [],
  proven: false,
  generation: 0,
  holders: ['n1'],
  start: 'e1-0-0',
  resumed: false,
  asOf: 'e1-0-0',
  subscriptions: [],
  revoked: [],
  seen: [],
};

function storeOn(engine: MemoryEngine) {
  const broken: string[] = [];
  const lifeMs = ({ generation }: SessionRecord) => 1000 + generation;
  const store = new RecordStore(engine.open('n1').sessions, lifeMs, (id) => broken.push(id));
  return { store, broken };
}
const counted = (now: SessionRecord) => ({ ...now, generation: now.generation + 1 });

describe('the records of sessions', () => {
  it('are changed with one call by whoever knows them', async () => {
    const engine = new MemoryEngine();
    const { store } = storeOn(engine);
    await store.create(record, undefined);
    const kept = await store.update('s1', undefined, counted);
    expect(engine.calls()).toEqual(['create', 'load', 'replace']);
    expect((await store.update('s1', kept, counted)).record.generation).toBe(2);
    expect(engine.calls()).toEqual(['replace']);
    expect(engine.records.get('s1')?.ttlMs).toBe(1002);
  });

  it('lose no change when several nodes change one at once', async () => {
    const engine = new MemoryEngine();
    const { store } = storeOn(engine);
    await store.create(record, undefined);
    const kept = await store.load('s1');
    await Promise.all(Array.from({ length: 5 }, () => store.update('s1', kept, counted)));
    expect((await store.load('s1'))?.record.generation).toBe(5);
  });

  it('are not written when nothing changes', async () => {
    const engine = new MemoryEngine();
    const { store } = storeOn(engine);
    await store.create(record, undefined);
    await store.update('s1', undefined, (now) => now);
    expect(engine.calls()).toEqual(['create', 'load']);
  });

  it('belong to the first who came with a nonce', async () => {
    const { store } = storeOn(new MemoryEngine());
    expect(await store.create(record, 'n')).toBe('s1');
    expect(await store.create({ ...record, id: 's2' }, 'n')).toBe('s1');
    expect(await store.load('s2')).toBeUndefined();
  });

  it('that are gone are unknown sessions', async () => {
    const { store } = storeOn(new MemoryEngine());
    await expect(store.update('s1', undefined, counted)).rejects.toMatchObject({ code: 'unknown-session' });
    expect(await store.load('s1')).toBeUndefined();
  });

  it('that cannot be read count as none, and are told', async () => {
    const engine = new MemoryEngine();
    const { store, broken } = storeOn(engine);
    engine.records.set('s1', { text: recordToText({ ...record, id: 's2' }), revision: 1, ttlMs: 1 });
    expect(await store.load('s1')).toBeUndefined();
    expect(broken).toEqual(['s1']);
  });

  it.each(['create', 'load', 'replace', 'touch', 'remove'] as const)(
    'tell a client to come back when the engine refuses to %s',
    async (what) => {
      const engine = new MemoryEngine();
      const { store } = storeOn(engine);
      if (what !== 'create') await store.create(record, undefined);
      engine.faults.store = (asked) => asked === what;
      const work = {
        create: () => store.create(record, undefined),
        load: () => store.load('s1'),
        replace: () => store.update('s1', undefined, counted),
        touch: () => store.touch(record),
        remove: () => store.remove('s1'),
      };
      const failed = await work[what]().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failed).toBeInstanceOf(EngineAway);
      expect(failed).toBeInstanceOf(CometError);
      expect((failed as EngineAway).cause).toEqual(new Error('the engine refuses'));
    },
  );

  it('give up when others are always quicker', async () => {
    const engine = new MemoryEngine();
    const { store } = storeOn(engine);
    await store.create(record, undefined);
    const changed = store.update('s1', undefined, (now) => {
      const stored = engine.records.get('s1');
      if (stored !== undefined) stored.revision += 100;
      return counted(now);
    });
    await expect(changed).rejects.toMatchObject({ code: 'too-busy' });
  });
});
