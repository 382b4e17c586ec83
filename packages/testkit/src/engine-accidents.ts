import assert from 'node:assert/strict';
import { type EngineStage, type StagedNode, settles } from './engine-stage.ts';
import type { Accident } from './engine-under-test.ts';

const patienceMs = 20_000;

/** Three nodes publish before, during and after an accident. */
export function accidentCase(accident: Accident): (stage: EngineStage) => Promise<void> {
  return async (stage) => {
    const nodes = [await stage.node(), await stage.node(), await stage.node()];
    await round(nodes, 'before', 5);
    await stage.engine.remember?.();
    await round(nodes, 'since', 5);
    await Promise.all(nodes.map((node) => node.sees('/since/0/5')));
    const happen = stage.engine.accidents[accident];
    assert.ok(happen !== undefined, `the engine cannot have the accident: ${accident}`);
    await Promise.all([happen(), round(nodes, 'during', 10)]);
    await round(nodes, 'after', 3);
    await agreed(nodes);
    for (const node of nodes) judge(node, nodes);
    for (const { cluster, sink } of nodes)
      await settles(async () => assert.equal((await cluster.log.end()).epoch, sink.epoch), patienceMs);
    await settles(() => assert.ok(nodes.every(({ sink }) => sink.states.at(-1) !== 'cut')), patienceMs);
  };
}

/** All that was in the engine is gone, and so is everybody who remembers it. */
export function forgottenCase(accident: Accident): (stage: EngineStage) => Promise<void> {
  return async (stage) => {
    const before = await stage.node();
    for (let number = 1; number <= 20; number += 1) await before.publish(`/before/${number}`);
    const last = before.accepted.get('/before/20');
    await before.cluster.stop();
    await stage.engine.accidents[accident]?.();
    const after = await stage.node();
    const { epoch, first } = await after.publish('/after');
    assert.notEqual(epoch, last?.epoch);
    assert.ok(first > (last?.position ?? 0), `${first} is not above ${last?.position}`);
  };
}

async function round(nodes: readonly StagedNode[], word: string, count: number): Promise<void> {
  await Promise.all(
    nodes.map(async (node, index) => {
      for (let number = 1; number <= count; number += 1) await node.publish(`/${word}/${index}/${number}`);
    }),
  );
}

// Every node ends with the same: what was accepted last stands everywhere.
async function agreed(nodes: readonly StagedNode[]): Promise<void> {
  await settles(() => {
    for (const node of nodes)
      for (const other of nodes)
        for (const [subject, { epoch, position }] of other.accepted)
          assert.ok(
            node.sink.subjects.includes(subject) || node.sink.covers(epoch, position),
            `${subject} at ${epoch} ${position} has neither come nor been told as gone`,
          );
    const epochs = new Set(nodes.map(({ sink }) => sink.epoch));
    assert.equal(epochs.size, 1, 'the nodes live in different epochs');
    for (const { sink } of nodes) assert.equal(sink.subjects.at(-1), nodes[0]?.sink.subjects.at(-1));
  }, patienceMs);
}

function judge({ sink }: StagedNode, nodes: readonly StagedNode[]): void {
  assert.equal(new Set(sink.subjects).size, sink.subjects.length, 'an event came twice');
  for (const [index] of nodes.entries()) {
    for (const word of ['before', 'since', 'during', 'after']) {
      const numbers = sink.subjects
        .filter((subject) => subject.startsWith(`/${word}/${index}/`))
        .map((subject) => Number(subject.split('/').at(-1)));
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        'the order of a publisher has changed',
      );
    }
  }
  assert.deepEqual(placesBackwards(sink.told), [], 'a position came again in one life');
}

function placesBackwards(told: StagedNode['sink']['told']): string[] {
  const faults: string[] = [];
  let at = -1;
  for (const item of told) {
    if (item.kind === 'renew') at = item.base;
    else {
      const [from, to] =
        item.kind === 'hole'
          ? [item.from, item.to]
          : [item.frame.first, item.frame.first + item.frame.entries.length - 1];
      if (from <= at || to < from) faults.push(`${item.kind} ${from}-${to} after ${at}`);
      at = to;
    }
  }
  return faults;
}
