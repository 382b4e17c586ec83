import { formatCursor, parseCursor } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './kit.ts';

const tag = fc.integer({ min: 0, max: 0xffff_ffff });

describe('a cursor', () => {
  it('is read as it was written, in 64 characters that need no escaping anywhere', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-z]{1,13}$/), fc.maxSafeNat(), tag, (epoch, position, check) => {
        const text = formatCursor(epoch, position, check);
        expect(text).toMatch(/^[0-9a-z-]{5,64}$/);
        expect(parseCursor(text)).toEqual({ epoch, position, tag: check });
      }),
      runs(500),
    );
  });

  it.each([
    '',
    '-',
    '--',
    'e-1',
    'e-1-1-1',
    'E-1-1',
    'e-01-1',
    'e-1-01',
    'e--1',
    'e-1-',
    '-1-1',
    'e-1-1 ',
    ' e-1-1',
    'e-1-1\n',
    'e-+1-1',
    'e-1.5-1',
    'e-zzzzzzzzzzzzz-1',
    'e-1-zzzzzzzz',
    'e-2gosa7pa2gw-1',
    '__proto__-1-1',
    'abcdefghijklmn-1-1',
    'e-٣-1',
    `e-1-${'0'.repeat(80)}1`,
  ])('is not %j', (text) => {
    expect(parseCursor(text)).toBeUndefined();
  });

  it('may have the greatest safe position and tag', () => {
    const text = formatCursor('e', Number.MAX_SAFE_INTEGER, 0xffff_ffff);
    expect(parseCursor(text)).toMatchObject({ position: Number.MAX_SAFE_INTEGER, tag: 0xffff_ffff });
  });

  it('has one text only: whatever is read writes itself', () => {
    const part = fc.string({ unit: fc.constantFrom(...'0123456789abcz-A .'), maxLength: 6 });
    fc.assert(
      fc.property(fc.tuple(part, part, part), (parts) => {
        const text = parts.join('-');
        const cursor = parseCursor(text);
        if (cursor) expect(formatCursor(cursor.epoch, cursor.position, cursor.tag)).toBe(text);
      }),
      runs(1000),
    );
  });
});
