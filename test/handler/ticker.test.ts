import { createPureHub } from '@cometkit/core';
import { createHub, startTicker } from '@cometkit/handler';
import { manualRuntime } from '@cometkit/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe('the ticker', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs while there are sessions, and rests while there are none', () => {
    const hub = createPureHub(manualRuntime());
    startTicker(hub);
    const tick = vi.spyOn(hub, 'tick');
    vi.advanceTimersByTime(1000);
    expect([tick.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
    const session = hub.join();
    vi.advanceTimersByTime(1000);
    expect(tick).toHaveBeenCalledTimes(10);
    hub.leave(session);
    vi.advanceTimersByTime(1000);
    expect([tick.mock.calls.length, vi.getTimerCount()]).toEqual([11, 0]);
    hub.join();
    expect(vi.getTimerCount()).toBe(1);
  });

  it('stops for good when it is told to, and when the hub closes', () => {
    const hub = createPureHub(manualRuntime());
    const stop = startTicker(hub);
    hub.join();
    stop();
    hub.join();
    expect(vi.getTimerCount()).toBe(0);
    startTicker(hub);
    hub.join();
    hub.close();
    vi.advanceTimersByTime(200);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('moves every deadline when the process stood still', () => {
    const hub = createPureHub(manualRuntime());
    startTicker(hub);
    const shift = vi.spyOn(hub, 'skipTime');
    hub.join();
    vi.advanceTimersByTime(500);
    expect(shift).not.toHaveBeenCalled();
    const stalled = performance.now() + 5000;
    vi.spyOn(performance, 'now').mockReturnValue(stalled);
    vi.advanceTimersByTime(100);
    expect(shift.mock.calls[0]?.[0]).toBeGreaterThan(4000);
    vi.restoreAllMocks();
  });

  it('lets go of what a vanished client held', () => {
    const hub = createHub({ embryonicLeaseMs: 1000 });
    hub.subscribe(hub.join(), '/a');
    vi.advanceTimersByTime(1500);
    expect(hub.stats()).toMatchObject({ sessions: 0, subscriptions: 0 });
  });
});
