import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matching, parsePattern, partMatches } from '../../packages/core/src/pattern.ts';
import { SubjectIndex } from '../../packages/core/src/subject-index.ts';
import { runs } from './kit.ts';

const limits = { maxSubjectLength: 256, maxSubjectDepth: 16, maxSubscriptions: 100 };
const segment = fc.constantFrom('a', 'b', 'A', 'caf\u00e9', 'cafe\u0301', '%61', '__proto__', 'constructor');
const subject = fc.array(segment, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
const glob = fc
  .tuple(fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 3 }), fc.constantFrom('', '/**', '/*'))
  .map(([names, tail]) => names.map((name) => `/${name}`).join('') + tail || '/');
const pattern = fc
  .array(fc.oneof(subject, glob), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(','));
const given = fc.tuple(pattern, fc.constantFrom<Matching>('path', 'prefix'));

class Entry {
  readonly parts;
  constructor([text, matching]: readonly [string, Matching]) {
    this.parts = parsePattern(text, matching, limits);
  }

  matches(text: string): boolean {
    return this.parts.some((part) => partMatches(part, text));
  }
}

function visited(index: SubjectIndex<Entry>, text: string): Set<Entry> {
  const found = new Set<Entry>();
  index.visit(text, (entry) => found.add(entry));
  return found;
}

describe('the index of subjects', () => {
  it('finds what the slow matcher finds', () => {
    fc.assert(
      fc.property(
        fc.array(given, { maxLength: 12 }),
        fc.array(subject, { maxLength: 6 }),
        (patterns, subjects) => {
          const index = new SubjectIndex<Entry>();
          const entries = patterns.map((one) => new Entry(one));
          for (const entry of entries) index.add(entry.parts, entry);
          for (const text of subjects) {
            expect(visited(index, text)).toEqual(new Set(entries.filter((entry) => entry.matches(text))));
          }
        },
      ),
      runs(500),
    );
  });

  it('is empty when everything was removed, in whatever order', () => {
    const plan = fc.array(fc.tuple(given, fc.boolean(), fc.nat()), { maxLength: 20 });
    fc.assert(
      fc.property(plan, (steps) => {
        const index = new SubjectIndex<Entry>();
        const held: Entry[] = [];
        for (const [one, removes, which] of steps) {
          const entry = new Entry(one);
          held.push(entry);
          index.add(entry.parts, entry);
          if (removes) for (const old of held.splice(which % held.length, 1)) index.remove(old.parts, old);
        }
        for (const entry of held) index.remove(entry.parts, entry);
        expect(index.size).toBe(0);
      }),
      runs(500),
    );
  });

  it('ignores the removal of what it does not hold', () => {
    const index = new SubjectIndex<Entry>();
    const [held, other] = [new Entry(['/a,/b/*,/c/**', 'path']), new Entry(['/a,/b/*,/c/**,/d/*/e', 'path'])];
    index.add(held.parts, held);
    index.remove(other.parts, other);
    expect([...visited(index, '/b/x')]).toEqual([held]);
    expect(index.size).toBe(3);
  });

  it('takes an entry that is added twice once', () => {
    const index = new SubjectIndex<Entry>();
    for (const matching of ['path', 'prefix'] as const) {
      const entry = new Entry(['/a,/b/*', matching]);
      index.add(entry.parts, entry);
      index.add(entry.parts, entry);
      index.remove(entry.parts, entry);
    }
    expect(index.size).toBe(0);
  });

  it('answers as fast for 100,000 subjects as for one', () => {
    const index = new SubjectIndex<number>();
    for (let n = 0; n < 100_000; n += 1) index.add(parsePattern(`/room/${n}`, 'path', limits), n);
    let found = 0;
    const started = process.cpuUsage().user;
    for (let n = 0; n < 100_000; n += 1) index.visit(`/room/${n}/talk`, () => (found += 1));
    expect(found).toBe(100_000);
    // A walk over all entries would take minutes. Processor time, because others may use the machine.
    expect((process.cpuUsage().user - started) / 1000).toBeLessThan(2000);
  });
});
