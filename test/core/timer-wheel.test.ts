import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerWheel } from '../../packages/core/src/timer-wheel.ts';
import { runs } from './kit.ts';

type Wheel = TimerWheel<string>;

/** A wheel of 8 slots of 100 ms that notes what it looks at, and asks `next` when to look again. */
function makeWheel(next: (item: string, now: number, wheel: Wheel) => number | undefined = () => undefined) {
  const seen: string[] = [];
  const wheel: Wheel = new TimerWheel<string>(100, 8, 0, (item, now) => {
    seen.push(`${item}@${now}`);
    return next(item, now, wheel);
  });
  return { wheel, seen };
}

describe('the timer wheel', () => {
  it('looks at an item no earlier than its time, and within a grain after it', () => {
    const { wheel, seen } = makeWheel();
    wheel.add('a', 250);
    wheel.add('b', 300);
    wheel.run(200);
    wheel.run(299);
    expect(seen).toEqual([]);
    wheel.run(300);
    expect(seen).toEqual(['a@300', 'b@300']);
    expect(wheel.size).toBe(0);
  });

  it('looks at what is overdue already in the next tick', () => {
    const { wheel, seen } = makeWheel();
    wheel.run(500);
    wheel.add('late', 100);
    wheel.run(500);
    expect(seen).toEqual([]);
    wheel.run(600);
    expect(seen).toEqual(['late@600']);
  });

  it('keeps what lies beyond one turn', () => {
    const { wheel, seen } = makeWheel();
    wheel.add('far', 5050);
    for (let now = 100; now < 5100; now += 100) wheel.run(now);
    expect(seen).toEqual([]);
    wheel.run(5100);
    expect(seen).toEqual(['far@5100']);
  });

  it('looks once at everything after a pause of many turns', () => {
    const { wheel, seen } = makeWheel();
    for (const at of [50, 450, 799, 800, 3000]) wheel.add(String(at), at);
    wheel.run(1_000_000);
    expect(seen.sort()).toEqual(['3000', '450', '50', '799', '800'].map((item) => `${item}@1000000`));
  });

  it('puts an item back where it asks to be, but not into the same run', () => {
    const { wheel, seen } = makeWheel((_, now) => (now < 2000 ? now : undefined));
    wheel.add('again', 100);
    wheel.run(1500);
    expect(seen).toEqual(['again@1500']);
    wheel.run(1600);
    wheel.run(2000);
    expect(seen).toEqual(['again@1500', 'again@1600', 'again@2000']);
    expect(wheel.size).toBe(0);
  });

  it('takes items in while it runs', () => {
    const { wheel, seen } = makeWheel((item, now, self) => {
      if (item === 'mother') self.add('child', now + 50);
      return undefined;
    });
    wheel.add('mother', 100);
    wheel.run(100);
    wheel.run(200);
    expect(seen).toEqual(['mother@100', 'child@200']);
  });

  it('stands still while time goes back', () => {
    const { wheel, seen } = makeWheel();
    wheel.run(1000);
    wheel.add('a', 1100);
    wheel.run(-500);
    wheel.run(1050);
    expect(seen).toEqual([]);
    wheel.run(1100);
    expect(seen).toEqual(['a@1100']);
  });

  it('works before the origin of time', () => {
    const seen: string[] = [];
    const wheel = new TimerWheel<string>(100, 8, -5000, (item) => void seen.push(item));
    wheel.add('a', -4700);
    wheel.run(-4800);
    expect(seen).toEqual([]);
    wheel.run(-4700);
    expect([seen, wheel.size]).toEqual([['a'], 0]);
  });

  it('does what a sorted list would do', () => {
    const plan = fc.array(
      fc.oneof(
        fc.tuple(fc.constant('add' as const), fc.integer({ min: -300, max: 6000 })),
        fc.tuple(fc.constant('run' as const), fc.oneof(fc.nat(150), fc.nat(5000))),
      ),
      { maxLength: 60, size: 'max' },
    );
    fc.assert(
      fc.property(plan, fc.integer({ min: 0, max: 500 }), (steps, again) => {
        const { wheel, seen } = makeWheel((item, now) => (item.endsWith('!') ? undefined : now + again + 1));
        const list: { name: string; at: number }[] = [];
        let now = 0;
        steps.forEach(([what, ms], n) => {
          if (what === 'add') {
            const name = n % 2 === 0 ? `${n}!` : `${n}`;
            list.push({ name, at: Math.max(now + ms, now + 1) });
            wheel.add(name, now + ms);
            return;
          }
          now += ms;
          wheel.run(now);
          const looked = new Set(seen.map((note) => note.slice(0, note.indexOf('@'))));
          expect(looked.size).toBe(seen.splice(0).length);
          for (const entry of list) {
            if (Math.ceil(entry.at / 100) <= Math.floor(now / 100)) expect(looked).toContain(entry.name);
            if (!looked.has(entry.name)) continue;
            expect(entry.at).toBeLessThanOrEqual(now);
            entry.at = entry.name.endsWith('!') ? Number.POSITIVE_INFINITY : now + again + 1;
          }
        });
      }),
      runs(300),
    );
  });
});
