import type { JsonValue } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { draftEvent } from '../../packages/core/src/draft.ts';
import { thrownBy } from './kit.ts';

const limits = { maxSubjectLength: 20, maxSubjectDepth: 4, maxEventBytes: 10 };
const addressing = { scope: 'subject', to: undefined, from: undefined } as const;
const draft = (data: JsonValue, subject = '/a') => draftEvent(subject, data, addressing, 5, limits);

describe('a draft', () => {
  it.each([
    [1, '1'],
    ['', '""'],
    [null, 'null'],
    [{ a: [1] }, '{"a":[1]}'],
    ['\ud800', '"\\ud800"'],
    ['12345678', '"12345678"'],
  ])('makes of %j the text %s', (data, json) => {
    expect(draft(data)).toEqual({ subject: '/a', json, time: 5, ...addressing });
  });

  it('is refused beyond the limit of its text', () => {
    expect(thrownBy(() => draft('123456789'))).toMatchObject({
      code: 'event-too-large',
      details: { limit: 10 },
    });
  });

  it.each([undefined, () => 1, Symbol('x')])('is refused when the data is %s', (data) => {
    const error = thrownBy(() => draft(data as unknown as JsonValue));
    expect(error).toMatchObject({ code: 'invalid-data', details: { reason: 'is missing' } });
  });

  it('is refused when the data holds a cycle, a BigInt or a toJSON that throws', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const rude = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    for (const data of [cycle, 1n, rude]) {
      const error = thrownBy(() => draft(data as unknown as JsonValue));
      expect(error).toMatchObject({ code: 'invalid-data' });
      expect((error as Error).cause).toBeInstanceOf(Error);
    }
  });

  it('is refused when a part of it would become nothing: a Map, a Set, a promise that was not awaited, an error', () => {
    for (const lost of [new Map([[1, 2]]), new Set([1]), Promise.resolve(1), new Error('no'), /x/])
      for (const data of [lost, { deep: [lost] }])
        expect(thrownBy(() => draft(data as unknown as JsonValue))).toMatchObject({ code: 'invalid-data' });
    const kept = [{}, { a: {} }, '{}', Object.assign(new Error('no'), { s: 1 })];
    for (const data of kept) expect(draft(data as unknown as JsonValue).json).toBe(JSON.stringify(data));
  });

  it('is refused when the subject is no subject', () => {
    expect(thrownBy(() => draft(1, 'a'))).toMatchObject({ code: 'invalid-subject' });
    expect(thrownBy(() => draft(1, 7 as unknown as string))).toMatchObject({ code: 'invalid-subject' });
  });
});
