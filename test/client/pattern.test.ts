import { createPureHub } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../packages/client/src/pattern.ts';

function serverMatches(pattern: string, subject: string, matching: 'path' | 'prefix'): boolean {
  const ids = Array.from({ length: 9 }, (_, at) => `id${at}`);
  const hub = createPureHub({ now: () => 0, wallTime: () => 0, randomId: () => ids.pop() ?? 'none' });
  const session = hub.join();
  const subscription = hub.subscribe(session, pattern, { matching });
  return subscription.matches(subject);
}

const segment = fc.constantFrom('a', 'b', 'a.b', 'x+y', '(', '$', 'é');
const subject = fc.array(segment, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
const part = fc
  .tuple(fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 3 }), fc.boolean())
  .map(([names, open]) => `/${[...names, ...(open ? ['**'] : [])].join('/')}`);
const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));

describe('a pattern of the client', () => {
  it('matches what the server matches', () => {
    fc.assert(
      fc.property(pattern, subject, (given, name) => {
        expect(compilePattern(given, 'path').test(name)).toBe(serverMatches(given, name, 'path'));
      }),
      { numRuns: 2000 },
    );
  }, 20_000);

  it('matches by prefix what the server matches by prefix', () => {
    fc.assert(
      fc.property(pattern, subject, (given, name) => {
        expect(compilePattern(given, 'prefix').test(name)).toBe(serverMatches(given, name, 'prefix'));
      }),
    );
  });

  it('takes linear time on any subject', () => {
    const expression = compilePattern(`${'/*'.repeat(15)}/**`, 'path');
    const start = performance.now();
    expression.test(`${'/a'.repeat(100_000)}\n`);
    expect(performance.now() - start).toBeLessThan(200);
  });
});
