import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../packages/core/src/deadlines.ts';
import { runs } from './kit.ts';

type Wheel = Deadlines<string>;

/** A wheel of 8 slots of 100 ms that notes what it looks at, and asks `next` when to look again. */
function wheel(next: (item: string, now: number, wheel: Wheel) => number | undefined = () => undefined) {
  const seen: string[] = [];
  const deadlines: Wheel = new Deadlines<string>(100, 8, 0, (item, now) => {
    seen.push(`${item}@${now}`);
    return next(item, now, deadlines);
  });
  return { deadlines, seen };
}

describe('the wheel of deadlines', () => {
  it('looks at an item no earlier than its time, and within a grain after it', () => {
    const { deadlines, seen } = wheel();
    deadlines.add('a', 250);
    deadlines.add('b', 300);
    deadlines.run(200);
    deadlines.run(299);
    expect(seen).toEqual([]);
    deadlines.run(300);
    expect(seen).toEqual(['a@300', 'b@300']);
    expect(deadlines.size).toBe(0);
  });

  it('looks at what is overdue already in the next tick', () => {
    const { deadlines, seen } = wheel();
    deadlines.run(500);
    deadlines.add('late', 100);
    deadlines.run(500);
    expect(seen).toEqual([]);
    deadlines.run(600);
    expect(seen).toEqual(['late@600']);
  });

  it('keeps what lies beyond one turn', () => {
    const { deadlines, seen } = wheel();
    deadlines.add('far', 5050);
    for (let now = 100; now < 5100; now += 100) deadlines.run(now);
    expect(seen).toEqual([]);
    deadlines.run(5100);
    expect(seen).toEqual(['far@5100']);
  });

  it('looks once at everything after a pause of many turns', () => {
    const { deadlines, seen } = wheel();
    for (const at of [50, 450, 799, 800, 3000]) deadlines.add(String(at), at);
    deadlines.run(1_000_000);
    expect(seen.sort()).toEqual(['3000', '450', '50', '799', '800'].map((item) => `${item}@1000000`));
  });

  it('puts an item back where it asks to be, but not into the same run', () => {
    const { deadlines, seen } = wheel((_, now) => (now < 2000 ? now : undefined));
    deadlines.add('again', 100);
    deadlines.run(1500);
    expect(seen).toEqual(['again@1500']);
    deadlines.run(1600);
    deadlines.run(2000);
    expect(seen).toEqual(['again@1500', 'again@1600', 'again@2000']);
    expect(deadlines.size).toBe(0);
  });

  it('takes items in while it runs', () => {
    const { deadlines, seen } = wheel((item, now, self) => {
      if (item === 'mother') self.add('child', now + 50);
      return undefined;
    });
    deadlines.add('mother', 100);
    deadlines.run(100);
    deadlines.run(200);
    expect(seen).toEqual(['mother@100', 'child@200']);
  });

  it('stands still while time goes back', () => {
    const { deadlines, seen } = wheel();
    deadlines.run(1000);
    deadlines.add('a', 1100);
    deadlines.run(-500);
    deadlines.run(1050);
    expect(seen).toEqual([]);
    deadlines.run(1100);
    expect(seen).toEqual(['a@1100']);
  });

  it('works before the origin of time', () => {
    const seen: string[] = [];
    const deadlines = new Deadlines<string>(100, 8, -5000, (item) => void seen.push(item));
    deadlines.add('a', -4700);
    deadlines.run(-4800);
    expect(seen).toEqual([]);
    deadlines.run(-4700);
    expect([seen, deadlines.size]).toEqual([['a'], 0]);
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
        const { deadlines, seen } = wheel((item, now) => (item.endsWith('!') ? undefined : now + again + 1));
        const list: { name: string; at: number }[] = [];
        let now = 0;
        steps.forEach(([what, ms], n) => {
          if (what === 'add') {
            const name = n % 2 === 0 ? `${n}!` : `${n}`;
            list.push({ name, at: Math.max(now + ms, now + 1) });
            deadlines.add(name, now + ms);
            return;
          }
          now += ms;
          deadlines.run(now);
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
