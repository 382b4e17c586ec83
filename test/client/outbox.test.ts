import { describe, expect, it } from 'vitest';
import BrowserQueue from '../../scripts/browser-queue.mjs';

// Of the client's package, which brings it.
const packageName = 'p-queue';
const { default: RealQueue } = (await import(packageName)) as {
  default: new (options: { concurrency: number }) => Queue;
};

interface Queue {
  add(task: () => Promise<unknown>, options: { signal: AbortSignal }): Promise<unknown>;
}

const queues: [string, () => Queue][] = [
  ['p-queue', () => new RealQueue({ concurrency: 1 })],
  ['the queue of the bundles for pages', () => new BrowserQueue() as Queue],
];

function task(): { run: () => Promise<unknown>; begun: () => boolean; end: (value?: unknown) => void } {
  let begun = false;
  let end: (value?: unknown) => void = () => undefined;
  const promise = new Promise((resolve) => {
    end = resolve;
  });
  const run = (): Promise<unknown> => {
    begun = true;
    return promise;
  };
  return { run, begun: () => begun, end };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe.each(queues)('the outbox over %s', (_name, create) => {
  const open = () => new AbortController();

  it('runs one task at a time, in order', async () => {
    const queue = create();
    const [first, second] = [task(), task()];
    const results = [first, second].map(({ run }) => queue.add(run, { signal: open().signal }));
    await settled();
    expect([first.begun(), second.begun()]).toEqual([true, false]);
    first.end(1);
    await settled();
    expect(second.begun()).toBe(true);
    second.end(2);
    expect(await Promise.all(results)).toEqual([1, 2]);
  });

  it('goes on behind a task that fails', async () => {
    const queue = create();
    const failing = queue.add(() => Promise.reject(new Error('mine')), { signal: open().signal });
    const next = queue.add(() => Promise.resolve(1), { signal: open().signal });
    await expect(failing).rejects.toThrow('mine');
    expect(await next).toBe(1);
  });

  it('goes on at once when the task under way is given up, however long that still takes', async () => {
    const queue = create();
    const [stuck, next] = [task(), task()];
    const abort = open();
    const given = queue.add(stuck.run, { signal: abort.signal });
    void queue.add(next.run, { signal: open().signal });
    await settled();
    abort.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await settled();
    expect(next.begun()).toBe(true);
  });

  it('never begins what was given up before its turn', async () => {
    const queue = create();
    const [first, second] = [task(), task()];
    const abort = open();
    void queue.add(first.run, { signal: open().signal });
    const given = queue.add(second.run, { signal: abort.signal });
    abort.abort();
    first.end();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    await settled();
    expect(second.begun()).toBe(false);
  });
});
