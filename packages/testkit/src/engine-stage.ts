import assert from 'node:assert/strict';
import type { Appended, Batch, Cluster, FrameEntry } from '@cometkit/core/cluster';
import type { EngineUnderTest } from './engine-under-test.ts';
import { RecordingSink } from './recording-sink.ts';

/** An event with a subject that tells it from others. */
export function eventOf(subject: string, data: unknown = 1): FrameEntry {
  const address = { scope: 'subject', from: undefined, to: undefined } as const;
  const draft = { subject, json: JSON.stringify(data), ...address, name: undefined, except: undefined };
  return { kind: 'data', draft };
}

const patienceMs = 5000;

/** Waits until a check passes. @throws what it threw last, when that takes too long. */
export async function settles(
  check: () => void | Promise<void>,
  timeoutMs: number = patienceMs,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** One node with its reading end. */
export class StagedNode {
  readonly cluster: Cluster;
  readonly sink: RecordingSink = new RecordingSink();
  /** Where each event stands that the engine has accepted, by its subject. */
  readonly accepted: Map<string, { readonly epoch: string; readonly position: number }> = new Map();
  #seq = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Appends events, and tries again until the engine has them. */
  async publish(...subjects: string[]): Promise<Appended> {
    this.#seq += 1;
    const batch = { seq: this.#seq, entries: subjects.map((subject) => eventOf(subject)) };
    const appended = await this.persist(batch);
    subjects.forEach((subject, index) => {
      this.accepted.set(subject, { epoch: appended.epoch, position: appended.first + index });
    });
    return appended;
  }

  /** Appends a batch with the next number. */
  append(batch: Omit<Batch, 'seq'>): Promise<Appended> {
    this.#seq += 1;
    return this.cluster.log.append({ seq: this.#seq, ...batch });
  }

  /** Sends a batch again and again, as a hub does. */
  async persist(batch: Batch): Promise<Appended> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.cluster.log.append(batch);
      } catch (error) {
        if (tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Waits until an event has come. */
  sees(subject: string): Promise<void> {
    return settles(() => assert.ok(this.sink.subjects.includes(subject), `${subject} has not come`));
  }
}

/** An engine with its nodes. */
export class EngineStage {
  readonly engine: EngineUnderTest;
  readonly #nodes: StagedNode[] = [];
  readonly #ends: (() => void)[] = [];

  constructor(engine: EngineUnderTest) {
    this.engine = engine;
  }

  /** A new node that has the window of the log. */
  async node(): Promise<StagedNode> {
    const node = new StagedNode(this.engine.open());
    this.#nodes.push(node);
    await node.cluster.log.start(node.sink);
    return node;
  }

  /** Does something before the engine is closed. */
  atEnd(task: () => void): void {
    this.#ends.push(task);
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    for (const { cluster } of this.#nodes) await cluster.stop();
    await this.engine.close();
  }
}
