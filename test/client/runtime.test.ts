import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemRuntime } from '../../packages/client/src/runtime.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('the clock of a client', () => {
  it('never goes back when the wall clock does, and goes on from there', () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const { now } = systemRuntime();
    const before = now();
    vi.setSystemTime(400_000);
    expect(now()).toBe(before);
    vi.setSystemTime(401_000);
    expect(now()).toBe(before + 1000);
  });

  it('counts the time that the computer slept', () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const { now } = systemRuntime();
    const before = now();
    vi.setSystemTime(1_000_000 + 3_600_000);
    expect(now()).toBe(before + 3_600_000);
  });
});

describe('the chance of a client', () => {
  it('is from 0 up to 1, and not the same twice', () => {
    const { random } = systemRuntime();
    const numbers = Array.from({ length: 100 }, random);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(95);
  });
});
