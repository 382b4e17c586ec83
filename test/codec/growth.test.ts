import { parseElement } from '@cometkit/codec';
import { describe, expect, it } from 'vitest';
import { allNames, decoderOf, event, format, names } from './kit.ts';

/** The best of several times, so that a busy machine does not count. In milliseconds. */
function timeOf(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Checks that sixteen times the input takes far less than the 256 times that a quadratic reader would need. */
function expectLinear(work: (size: number) => () => void): void {
  const small = timeOf(work(16_384));
  const large = timeOf(work(16 * 16_384));
  expect(large).toBeLessThan(64 * Math.max(small, 0.1));
}

describe('time grows with the length', () => {
  it.each(names)('of one event that comes in small pieces: %s', (name) => {
    expectLinear((size) => {
      const of = format(name);
      const text = of.prologue() + of.control({ event: 'x', fields: [['a', '\\"&gt;'.repeat(size / 6)]] });
      const pieces = text.match(/.{1,16}/gs) ?? [];
      return () => {
        let count = 0;
        const decoder = decoderOf(name, () => {
          count += 1;
        });
        for (const piece of pieces) decoder.feed(piece);
        expect(count).toBe(1);
      };
    });
  });

  it.each(names)('of many events in one piece: %s', (name) => {
    expectLinear((size) => {
      const of = format(name);
      const frame = of.control({ event: 'x', fields: [['a', 'y\\']] });
      const text = of.prologue() + Array.from({ length: size / 32 }, () => frame).join(of.separator);
      return () => decoderOf(name, () => undefined).feed(text);
    });
  });

  it.each(allNames)('of the text to be encoded: %s', (name) => {
    expectLinear((size) => {
      const item = event({ a: '<>&"\\\n&gt;'.repeat(size / 10) });
      return () => expect(format(name).shared(item).length).toBeGreaterThan(size);
    });
  });

  it.each(['"', '&', '\\', ' ', '<', 'a', ' a=', '&#', '&amp;', "'", '"a="'])(
    'of an element full of %j',
    (filling) => {
      expectLinear((size) => {
        const text = `<x a="${filling.repeat(size / filling.length)}`;
        return () => {
          for (const dialect of ['pushlet', 'xml'] as const)
            expect(() => parseElement(text, { dialect })).toThrow();
        };
      });
    },
  );
});
