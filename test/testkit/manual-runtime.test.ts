import { MemoryOutlet, manualRuntime } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';

describe('the manual runtime', () => {
  it('stands still until it is advanced', () => {
    const runtime = manualRuntime();
    const fired: number[] = [];
    runtime.later(() => fired.push(runtime.now()), 200);
    runtime.later(() => fired.push(runtime.now()), 100);
    const cancel = runtime.later(() => fired.push(-1), 150);
    cancel();
    runtime.advance(99);
    expect([fired, runtime.now(), runtime.wallTime()]).toEqual([[], 99, 1_700_000_000_099]);
    runtime.advance(101);
    expect([fired, runtime.timers]).toEqual([[100, 200], 0]);
  });

  it('runs what was deferred at the end of the turn, and what that defers', () => {
    const runtime = manualRuntime();
    const ran: string[] = [];
    runtime.defer(() => {
      ran.push('first');
      runtime.defer(() => ran.push('second'));
    });
    expect(ran).toEqual([]);
    runtime.turn();
    expect(ran).toEqual(['first', 'second']);
  });

  it('counts ids that look like real ones', () => {
    const { randomId } = manualRuntime();
    expect([randomId(), randomId()]).toEqual(['0000000000000000000001', '0000000000000000000002']);
  });
});

describe('the outlet in memory', () => {
  it('congests and drains when it is told to', () => {
    const outlet = new MemoryOutlet();
    let drained = 0;
    outlet.watch({
      drained: () => {
        drained += 1;
      },
      closed: () => undefined,
    });
    const bytes = new TextEncoder().encode('abc');
    expect([outlet.write(bytes), outlet.pendingBytes]).toEqual([true, 0]);
    outlet.congest();
    expect([outlet.write(bytes), outlet.pendingBytes]).toEqual([false, 3]);
    outlet.drain();
    expect([drained, outlet.pendingBytes, outlet.text]).toEqual([1, 0, 'abcabc']);
  });

  it('is closed once, by its end, its destruction or the test', () => {
    for (const end of ['end', 'destroy', 'close'] as const) {
      const outlet = new MemoryOutlet();
      let closed = 0;
      outlet.watch({
        drained: () => undefined,
        closed: () => {
          closed += 1;
        },
      });
      outlet[end]();
      outlet.close();
      expect([closed, outlet.write(new Uint8Array(1))]).toEqual([1, false]);
    }
  });
});
