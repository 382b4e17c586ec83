import { describe, expect, it } from 'vitest';
import { drive } from '../../bench/host/drive.mjs';

const control = { port: 0, say: () => true, reached: () => true };

function block(ms: number) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a plan that goes on until it is halted', () => {
  it('counts events from when they were due, also when the process stood still', async () => {
    const halt = { asked: false };
    const made: { due: number; at: number }[] = [];
    const publish = (_subject: number, { n }: { n: string }) => {
      made.push({ due: Number(n.split('.')[2]?.slice(0, -1)), at: Number(process.hrtime.bigint() / 1000n) });
      if (made.length === 2) block(60);
      if (made.length === 10) halt.asked = true;
    };
    const result = await drive({ publish }, control, { kind: 'throughout', rate: 100, warmUpMs: 0 }, halt);
    expect(result).toMatchObject({ events: 10, last: 10 });
    const steps = made.slice(1).map(({ due }, index) => due - (made[index]?.due ?? 0));
    expect(new Set(steps)).toEqual(new Set([10_000]));
    // The third was due while the second one blocked.
    expect((made[2]?.at ?? 0) - (made[2]?.due ?? 0)).toBeGreaterThan(40_000);
  });
});

describe('a plan of events that nobody wants', () => {
  it('counts only the time within the calls, and no event that anybody waits for', async () => {
    const subjects = new Set<number>();
    const publish = (subject: number) => subjects.add(subject);
    const plan = { kind: 'unmatched', subjects: 7, empty: true, warmUpMs: 0, measureMs: 20 };
    const { events, last, cpuUs, wallMs } = await drive({ publish }, control, plan, { asked: false });
    expect(subjects.size).toBe(7);
    expect(events).toBeGreaterThan(0);
    expect(last).toBe(0);
    expect(cpuUs).toBeLessThan(wallMs * 1000 * 1.5);
  });
});
