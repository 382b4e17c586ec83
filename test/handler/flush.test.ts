import { ndjsonFormat } from '@cometkit/codec';
import { createPureHub } from '@cometkit/core';
import { createHub, systemRuntime } from '@cometkit/handler';
import { MemoryOutlet, manualRuntime } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { EncodeCache } from '../../packages/handler/src/encode-cache.ts';
import { Flusher } from '../../packages/handler/src/flush.ts';
import { hubOutputOf } from '../../packages/handler/src/hub-output.ts';
import { resolveHandlerOptions } from '../../packages/handler/src/settings.ts';
import { stage as handlerStage, type Stage } from './kit.ts';

/** A flusher with a window of 2 ms, and something to flush that takes as long as a test says. */
function stage(windowMs = 2, defer?: (task: () => void) => void) {
  const runtime = manualRuntime();
  const times: number[] = [];
  const start = runtime.now();
  const clock = { extra: 0 };
  const window = { ms: windowMs, now: () => runtime.now() + clock.extra, later: runtime.later };
  const flusher = new Flusher(defer ?? runtime.defer, () => undefined, window);
  const flushable = {
    takesMs: 0,
    flush() {
      times.push(runtime.now() - start);
      clock.extra += this.takesMs;
    },
  };
  return { runtime, times, flusher, flushable };
}

describe('the flush window', () => {
  it('lets nothing wait while flushes are short', () => {
    const { runtime, times, flusher, flushable } = stage();
    for (let n = 0; n < 3; n += 1) {
      flusher.add(flushable);
      runtime.turn();
    }
    expect(times).toEqual([0, 0, 0]);
  });

  it('lets what follows closely on a long flush wait for more, and no longer than the window', () => {
    const { runtime, times, flusher, flushable } = stage();
    flushable.takesMs = 5;
    flusher.add(flushable);
    runtime.turn();
    flusher.add(flushable);
    runtime.turn();
    expect(times).toEqual([0]);
    runtime.advance(1);
    flusher.add({ flush: () => void times.push(-1) });
    runtime.advance(1);
    expect(times).toEqual([0, 2, -1]);
  });

  it('lets nothing wait that comes later than the window after a long flush', () => {
    const { runtime, times, flusher, flushable } = stage();
    flushable.takesMs = 5;
    flusher.add(flushable);
    runtime.turn();
    runtime.advance(2);
    flusher.add(flushable);
    runtime.turn();
    expect(times).toEqual([0, 2]);
  });

  it('is turned off by 0, and refuses what is no whole number of milliseconds', () => {
    const { runtime, times, flusher, flushable } = stage(0);
    flushable.takesMs = 5;
    for (let n = 0; n < 2; n += 1) {
      flusher.add(flushable);
      runtime.turn();
    }
    expect(times).toEqual([0, 0]);
    expect(resolveHandlerOptions().flushWindowMs).toBe(2);
    expect(resolveHandlerOptions({ flushWindowMs: 0 }).flushWindowMs).toBe(0);
    for (const flushWindowMs of [-1, 0.5, Number.NaN])
      expect(() => resolveHandlerOptions({ flushWindowMs })).toThrow(RangeError);
  });
});

/** Turns of an event loop, one at a time. */
function loop() {
  let tasks: (() => void)[] = [];
  const turn = () => {
    const now = tasks;
    tasks = [];
    for (const task of now) task();
  };
  return { defer: (task: () => void) => void tasks.push(task), turn };
}

describe('a turn', () => {
  /** Flushables that take 3 ms each and note their names. */
  function crowd(names: readonly string[]) {
    const { defer, turn } = loop();
    const here = stage(0, defer);
    const order: string[] = [];
    const all = names.map((name) => ({
      flush: () => {
        here.flushable.takesMs = 3;
        here.flushable.flush();
        order.push(name);
      },
    }));
    return { ...here, order, all, turn };
  }

  it('takes 5 ms of a crowd, and the next ones the rest, in their order', () => {
    const { turn, flusher, order, all } = crowd(['a', 'b', 'c', 'd', 'e']);
    for (const one of all) flusher.add(one);
    turn();
    expect(order).toEqual(['a', 'b']);
    turn();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    turn();
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('gives what comes meanwhile its turn behind the crowd, and groups theirs in front', () => {
    const { turn, flusher, order, all } = crowd(['a', 'b', 'c', 'new', 'group']);
    for (const one of all.slice(0, 3)) flusher.add(one);
    turn();
    flusher.add(all[3] as (typeof all)[0]);
    flusher.addGroups(all[4] as (typeof all)[0]);
    turn();
    expect(order).toEqual(['a', 'b', 'group', 'c', 'new']);
  });

  it('serves one at least, whatever the groups take', () => {
    const { turn, flusher, order, all } = crowd(['group', 'group', 'group', 'a', 'b']);
    for (const one of all.slice(0, 3)) flusher.addGroups(one);
    for (const one of all.slice(3)) flusher.add(one);
    turn();
    expect(order).toEqual(['group', 'group', 'group', 'a', 'b']);
  });

  it('leaves nothing behind that groups add while single sessions wait', () => {
    const { turn, flusher, order, all } = crowd(['a', 'again', 'later']);
    const [a, again, later] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]];
    flusher.add(a);
    flusher.addGroups({ flush: () => flusher.groupsAgain(again) });
    turn();
    turn();
    flusher.add(later);
    turn();
    expect(order).toEqual(['a', 'again', 'later']);
  });

  it('leaves nothing behind that is woken while groups are served', () => {
    const { turn, flusher, order, all } = crowd(['a', 'woken']);
    const [a, woken] = all as [(typeof all)[0], (typeof all)[0]];
    flusher.add(a);
    flusher.addGroups({ flush: () => flusher.addGroups(woken) });
    turn();
    turn();
    expect(order).toEqual(['a', 'woken']);
  });

  it('serves all of them in a drain', () => {
    const { turn, flusher, order, all } = crowd(['a', 'b', 'c', 'd', 'e']);
    for (const one of all) flusher.add(one);
    flusher.drain();
    turn();
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('streams that catch up', () => {
  const source = { query: 'subject=/a&last=1000', headers: { accept: 'text/event-stream' } };
  const past = (here: Stage) => {
    for (let n = 0; n < 400; n += 1) here.hub.publish('/a', { n, text: 'x'.repeat(1000) });
  };
  const events = (text: string) => text.split('\n').filter((line) => line.startsWith('data: {"n"'));

  it('get one batch in a turn, so that fresh events and requests come between', async () => {
    const { defer, turn } = loop();
    const runtime = Object.assign(manualRuntime(), { defer });
    const here = handlerStage({ authorize: { subscribe: true }, runtime });
    past(here);
    const { outlet } = await here.send(source);
    const counts: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      turn();
      counts.push(events(outlet.text).length);
    }
    expect(
      counts.map((count, n) => count - (counts[n - 1] ?? 0)).every((more) => more > 0 && more < 60),
    ).toBe(true);
    while (events(outlet.text).length < 400) turn();
    expect(events(outlet.text).map((line) => JSON.parse(line.slice(6)).n)).toEqual([...Array(400).keys()]);
  });

  it('get all of it when the hub closes', async () => {
    const here = handlerStage({ authorize: { subscribe: true } });
    past(here);
    const { outlet } = await here.send(source);
    here.runtime.turn();
    void here.handler.close();
    expect(events(outlet.text)).toHaveLength(400);
  });
});

describe('a large delivery group', () => {
  const transport = { idleMs: 1e6, wake: () => undefined, idle: () => undefined, close: () => undefined };
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

  /** Members whose writes take 0.1 ms each, and what they were given. */
  function crowd() {
    const { defer, turn } = loop();
    const base = manualRuntime();
    const clock = { extra: 0 };
    const runtime = Object.assign(manualRuntime(), { defer, now: () => base.now() + clock.extra });
    const hub = createPureHub(runtime);
    const errors: unknown[] = [];
    const output = hubOutputOf(hub, { runtime, flushWindowMs: 0 }, (error) => errors.push(error));
    const writer = output.writerOf(output.encoders.of(ndjsonFormat));
    const member = (subject: string) => {
      const given: number[] = [];
      const outlet = Object.assign(new MemoryOutlet(), {
        fails: false,
        write(bytes: Uint8Array) {
          if (this.fails) throw new Error('the outlet throws');
          clock.extra += 0.1;
          for (const line of textOf(bytes).trim().split('\n')) given.push(JSON.parse(line).data);
          return true;
        },
      });
      const session = hub.join();
      hub.subscribe(session, subject);
      hub.attach(session, transport);
      expect(hub.joinGroup(session, writer, outlet)).toBe(true);
      return { session, given, outlet };
    };
    const members = (count: number, subject = '/a') => Array.from({ length: count }, () => member(subject));
    return { hub, output, turn, members, errors };
  }
  const served = (all: readonly { given: readonly number[] }[], event: number) =>
    all.filter(({ given }) => given.includes(event)).length;

  it('gets 5 ms of a turn, and what comes in between behind it', () => {
    const { hub, turn, members } = crowd();
    const all = members(200);
    hub.publish('/a', 1);
    turn();
    expect(served(all, 1)).toBe(64);
    hub.publish('/a', 2);
    turn();
    expect([served(all, 1), served(all, 2)]).toEqual([128, 0]);
    for (let n = 0; n < 8; n += 1) turn();
    for (const { given } of all) expect(given).toEqual([1, 2]);
  });

  it('gives a member that leaves in the middle what it was not given, and nothing twice', () => {
    const { hub, turn, members } = crowd();
    const all = members(100);
    hub.publish('/a', 1);
    turn();
    const [first, last] = [all[0], all[99]];
    if (first === undefined || last === undefined) throw new Error('no members');
    for (const { session } of [first, last]) hub.send(session.id, '/own', 2);
    expect(first.session.take().map((item) => item.kind === 'data' && item.data)).toEqual([2]);
    expect(last.session.take().map((item) => item.kind === 'data' && item.data)).toEqual([1, 2]);
    turn();
    expect([first.given, last.given]).toEqual([[1], []]);
    expect(served(all, 1)).toBe(99);
  });

  it('lets those come first who had nothing of a turn yet', () => {
    const { hub, turn, members } = crowd();
    const [a, b, c] = [members(60, '/a'), members(60, '/b'), members(10, '/c')];
    const served1 = () => [a, b, c].map((all) => served(all, 1));
    for (const subject of ['/a', '/b', '/c']) hub.publish(subject, 1);
    turn();
    expect(served1()).toEqual([60, 0, 0]);
    hub.publish('/a', 2);
    turn();
    expect([...served1(), served(a, 2)]).toEqual([60, 60, 0, 0]);
    turn();
    expect([...served1(), served(a, 2)]).toEqual([60, 60, 10, 48]);
    turn();
    expect(served(a, 2)).toBe(60);
  });

  it('gets all of it when the hub closes, also halfway', () => {
    const { hub, output, turn, members } = crowd();
    const all = members(200);
    hub.publish('/a', 1);
    turn();
    hub.publish('/a', 2);
    output.flusher.drain();
    for (const { given } of all) expect(given).toEqual([1, 2]);
  });

  it('dissolves when an outlet throws halfway, and nobody loses or gets anything twice', () => {
    const { hub, turn, members, errors } = crowd();
    const all = members(100);
    hub.publish('/a', 1);
    turn();
    const broken = all[70];
    if (broken === undefined) throw new Error('no member');
    broken.outlet.fails = true;
    turn();
    expect(errors).toHaveLength(1);
    const left = all.filter(({ given }) => given.length === 0);
    expect(left).toHaveLength(30);
    for (const { session } of left) expect(session.take()).toHaveLength(1);
    for (const { session, given } of all) if (given.length > 0) expect(session.waiting).toBe(false);
  });

  it('that is left by everybody halfway is over', () => {
    const { hub, turn, members } = crowd();
    const all = members(100);
    hub.publish('/a', 1);
    turn();
    for (const { session } of all) hub.leave(session);
    turn();
    const later = members(3);
    hub.publish('/a', 2);
    turn();
    expect(later.map(({ given }) => given)).toEqual([[2], [2], [2]]);
    expect(hub.stats().queuedEvents).toBe(0);
  });
});

describe('batches of one flush', () => {
  it('are made once for sessions that take turns with others who want something else', () => {
    const format = ndjsonFormat;
    if (format === undefined) throw new Error('no ndjson');
    const encoder = new EncodeCache(format);
    const hub = createHub();
    const [a, b, c] = ['/a', '/b', '/c'].map((subject) => hub.publish(subject, subject));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no events');
    const first = encoder.batch([a, b]);
    const second = encoder.batch([b, c]);
    expect(encoder.batch([a, b])).toBe(first);
    expect(encoder.batch([b, c])).toBe(second);
    encoder.release();
    expect(encoder.batch([a, b])).not.toBe(first);
    expect(encoder.batch([a, b])).toEqual(first);
    hub.close();
  });
});

describe('the dice of the real runtime', () => {
  it('make ids of 22 characters that never come twice, however often the pool is filled', () => {
    const { randomId } = systemRuntime();
    const ids = Array.from({ length: 5000 }, () => randomId());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    // Every bit of the 128 is set about half of the time.
    for (let place = 0; place < 22; place += 1)
      expect(new Set(ids.map((id) => id[place])).size).toBe(place < 21 ? 64 : 4);
  });

  it('give every number of a range, both ends included, about equally often', () => {
    const { randomInteger } = systemRuntime();
    const counts = new Map<number, number>();
    for (let n = 0; n < 6000; n += 1) {
      const drawn = randomInteger(3, 8);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([3, 4, 5, 6, 7, 8]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  });
});
