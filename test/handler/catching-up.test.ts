import { MemoryOutlet, manualRuntime } from '@cometkit/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stage, stage } from './kit.ts';

// Work is sliced by time: here every write takes as long as a test says, and a turn is one call.

class World {
  readonly here: Stage;
  readonly #clock = { extra: 0 };
  #tasks: (() => void)[] = [];
  turns = 0;

  constructor() {
    const runtime = manualRuntime();
    const now = runtime.now.bind(runtime);
    Object.assign(runtime, {
      defer: (task: () => void) => void this.#tasks.push(task),
      now: () => now() + this.#clock.extra,
    });
    this.here = stage({ authorize: { subscribe: true }, flushWindowMs: 0, runtime });
  }

  takes(ms: number): void {
    this.#clock.extra += ms;
  }

  get now(): number {
    return this.here.runtime.now();
  }

  get busy(): boolean {
    return this.#tasks.length > 0;
  }

  /** One turn. @returns how long it took, in milliseconds. */
  turn(): number {
    const begin = this.now;
    const tasks = this.#tasks;
    this.#tasks = [];
    this.turns += 1;
    for (const task of tasks) task();
    return this.now - begin;
  }

  /** Turns until there is nothing to do. */
  rest(): void {
    while (this.busy) this.turn();
  }

  say(subject: string, n: number, size = 0): void {
    this.here.hub.publish(subject, { n, text: 'x'.repeat(size) });
  }

  async reads(subject: string, writeMs = 0, last = 1000): Promise<Reader> {
    const query = new URLSearchParams({ subject, last: String(last), format: 'sse' }).toString();
    const asked = this.here.handler.handle({ ...request, query });
    while (this.busy) this.turn();
    const response = await asked;
    const outlet = new Reader(this, writeMs);
    if ('open' in response) response.open(outlet);
    return outlet;
  }
}

const request = {
  method: 'GET',
  path: '/',
  address: '192.0.2.1',
  secure: false,
  host: 'here',
  native: undefined,
  connection: undefined,
  header: () => undefined,
  readBody: () => Promise.reject(new Error('no body')),
  watch: () => undefined,
};

/** A reader that takes its time for each write. */
class Reader extends MemoryOutlet {
  readonly #world: World;
  readonly #writeMs: number;
  /** What it was given, as far as it is events. */
  readonly numbers: number[] = [];

  constructor(world: World, writeMs: number) {
    super();
    this.#world = world;
    this.#writeMs = writeMs;
  }

  override write(bytes: Uint8Array): boolean {
    this.#world.takes(this.#writeMs);
    const text = new TextDecoder().decode(bytes);
    for (const [, n] of text.matchAll(/^data: \{"n":(\d+)/gm)) this.numbers.push(Number(n));
    return super.write(bytes);
  }
}

interface Life {
  readonly past: readonly string[];
  readonly fresh: readonly string[];
  readonly crowd: readonly { readonly pattern: string; readonly last: number }[];
}

const subject = fc.constantFrom('/a', '/a/x', '/a/y', '/b');
const life: fc.Arbitrary<Life> = fc.record({
  past: fc.array(subject, { maxLength: 120 }),
  fresh: fc.array(subject, { maxLength: 40 }),
  crowd: fc.array(
    fc.record({
      pattern: fc.constantFrom('/a', '/a/*', '/**', '/b', '/a/x,/b'),
      last: fc.integer({ min: 1, max: 200 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

/** What each of a crowd got; `writeMs` 0 is work that is never cut. */
async function live({ past, fresh, crowd }: Life, writeMs: number): Promise<number[][]> {
  const world = new World();
  for (const [n, to] of past.entries()) world.say(to, n, 2000);
  const readers: Reader[] = [];
  for (const { pattern, last } of crowd) readers.push(await world.reads(pattern, writeMs, last));
  fresh.forEach((to, n) => {
    world.say(to, past.length + n, 2000);
    world.turn();
  });
  world.rest();
  await world.here.handler.close();
  return readers.map(({ numbers }) => numbers);
}

describe('work in slices', () => {
  it('delivers what work in one piece does, in the same order', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(life, fc.integer({ min: 1, max: 7 }), async (given, writeMs) => {
        expect(await live(given, writeMs)).toEqual(await live(given, 0));
      }),
      { numRuns: 30 },
    );
  });

  it('takes some milliseconds of a turn, however many catch up', async () => {
    const world = new World();
    for (let n = 0; n < 200; n += 1) world.say('/a', n, 2000);
    const crowd = await Promise.all(Array.from({ length: 100 }, () => world.reads('/a', 1)));
    let longest = 0;
    while (world.busy) longest = Math.max(longest, world.turn());
    expect(longest).toBeLessThanOrEqual(10);
    for (const { numbers } of crowd) expect(numbers).toEqual([...Array(200).keys()]);
  });
});

describe('a crowd that catches up', () => {
  it('does not keep fresh events from those who have everything, nor a steady publisher the crowd from its past', async () => {
    const world = new World();
    const fresh = await world.reads('/a', 0.01);
    world.rest();
    for (let n = 0; n < 200; n += 1) world.say('/a', n, 2000);
    world.rest();
    const crowd = await Promise.all(Array.from({ length: 100 }, () => world.reads('/a', 1, 200)));
    let said = 200;
    for (const end = world.turns + 600; world.turns < end; said += 1) {
      world.say('/a', said);
      world.turn();
      expect(fresh.numbers.at(-1)).toBe(said);
    }
    for (const { numbers } of crowd) expect(numbers.length).toBeGreaterThanOrEqual(200 + 300);
    world.rest();
    for (const { numbers } of crowd) expect(numbers).toEqual([...Array(said).keys()]);
  });

  it('has its bytes joined once, whatever the pace of each', async () => {
    const world = new World();
    for (let n = 0; n < 600; n += 1) world.say('/a', n, 2000);
    const crowd = await Promise.all(Array.from({ length: 20 }, () => world.reads('/a', 1)));
    crowd.forEach((reader, n) => void (n % 2 === 0 && reader.congest()));
    world.rest();
    for (let round = 0; crowd.some(({ numbers }) => numbers.length < 600); round += 1) {
      const reader = crowd[(round * 7) % crowd.length];
      reader?.drain();
      if (round < 100) reader?.congest();
      world.rest();
    }
    const large = (outlet: MemoryOutlet) => outlet.writes.filter(({ length }) => length > 16_384);
    expect(new Set(crowd.flatMap(large)).size).toBe(large(crowd[0] as Reader).length);
    for (const { numbers } of crowd) expect(numbers).toEqual([...Array(600).keys()]);
  });

  it('is not kept up by one that takes nothing', async () => {
    const world = new World();
    for (let n = 0; n < 300; n += 1) world.say('/a', n, 2000);
    const [slow, ...others] = await Promise.all(Array.from({ length: 20 }, () => world.reads('/a', 1)));
    slow?.congest();
    world.rest();
    for (const { numbers } of others) expect(numbers).toHaveLength(300);
    expect(slow?.numbers.length).toBeLessThan(60);
    slow?.drain();
    world.rest();
    expect(slow?.numbers).toEqual([...Array(300).keys()]);
  });

  it('costs the hub what is on the way, not what each has to read', async () => {
    const world = new World();
    for (let n = 0; n < 300; n += 1) world.say('/a', n, 2000);
    const crowd = await Promise.all(Array.from({ length: 20 }, () => world.reads('/a', 1)));
    for (const reader of crowd) reader.congest();
    world.rest();
    expect(world.here.hub.stats().queuedBytes).toBeLessThan(20 * 2 * 49_152);
  });
});

describe('requests that come all at once', () => {
  it('are begun for 5 ms of a turn, so that what is there has its turn in between', async () => {
    const world = new World();
    const bystander = await world.reads('/b', 0);
    world.rest();
    const answers: Promise<unknown>[] = [];
    let begun = 0;
    for (let n = 0; n < 100; n += 1) {
      const header = () => {
        if (begun < n + 1) world.takes(1);
        begun = Math.max(begun, n + 1);
        return undefined;
      };
      const query = 'type=join&format=ndjson';
      answers.push(world.here.handler.handle({ ...request, header, query, address: `192.0.2.${n}` }));
    }
    world.say('/b', 0);
    let longest = 0;
    let turns = 0;
    for (; world.busy; turns += 1) longest = Math.max(longest, world.turn());
    await Promise.all(answers);
    expect(bystander.numbers).toEqual([0]);
    expect(longest).toBeLessThanOrEqual(6);
    expect(turns).toBeGreaterThanOrEqual(15);
    expect([...world.here.hub.sessions()]).toHaveLength(101);
  });
});
