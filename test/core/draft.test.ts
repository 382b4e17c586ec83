import type { JsonValue } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { draftEvent } from '../../packages/core/src/draft.ts';
import { thrownBy } from './kit.ts';

const limits = { maxSubjectLength: 20, maxSubjectDepth: 4, maxEventBytes: 10 };
const addressing = { scope: 'subject', to: undefined, from: undefined } as const;
const draft = (data: JsonValue, subject = '/a') => draftEvent(subject, data, addressing, 5, limits);
const roomy = (data: JsonValue) => draftEvent('/a', data, addressing, 5, { ...limits, maxEventBytes: 1000 });

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

  it('is refused when there is no data', () => {
    const error = thrownBy(() => draft(undefined as unknown as JsonValue));
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

  it.each<[unknown, RegExp]>([
    [Buffer.from('abc'), /holds a Buffer: publish base64 text/],
    [new Uint8Array([1, 2]), /holds a Uint8Array: publish base64 text/],
    [new Float64Array(), /holds a Float64Array: publish base64 text/],
    [new DataView(new ArrayBuffer(2)), /holds a DataView: publish base64/],
    [new ArrayBuffer(2), /holds a ArrayBuffer: publish base64/],
    [new Blob(['a']), /holds a Blob: publish base64/],
    [new Map([[1, 2]]), /holds a Map: publish plain objects, arrays, texts and numbers/],
    [new Set([1]), /holds a Set: publish/],
    [new WeakMap(), /holds a WeakMap: publish/],
    [new Map([[1, 2]]).values(), /holds a Map Iterator: publish/],
    [new URLSearchParams('a=1'), /holds a URLSearchParams: publish/],
    [Promise.resolve(1), /holds a Promise: publish/],
    [new RangeError('no'), /holds a Error: publish/],
    [/x/, /holds a RegExp: publish/],
    [() => 1, /holds a Function: publish/],
    [Symbol('x'), /holds a Symbol: publish/],
    [1n, /holds a BigInt: publish/],
  ])('is refused when JSON would lose what it holds, %s, with what to publish instead', (lost, words) => {
    for (const data of [lost, { deep: [lost] }, [[lost]]]) {
      const error = thrownBy(() => draft(data as JsonValue));
      expect(error).toMatchObject({ code: 'invalid-data', message: expect.stringMatching(words) });
    }
  });

  it('asks a plain object for its toJSON, wherever that is', () => {
    const own = { a: 1, toJSON: () => ({ b: new Map() }) };
    expect(thrownBy(() => draft(own as unknown as JsonValue))).toMatchObject({ code: 'invalid-data' });
    const inherited = Object.create(null, { toJSON: { value: () => 'short' } });
    expect(draft(Object.assign(inherited, { a: 1 })).json).toBe('"short"');
  });

  it('carries what JSON.stringify carries: toJSON, instances, boxes, members that are undefined', () => {
    class Point {
      x = 1;
      #hidden = 2;
      sum(): number {
        return this.x + this.#hidden;
      }
    }
    const old = Object.create({ method: () => 1 }, { n: { value: 1, enumerable: true } });
    const saved = Object.assign(new Map(), { toJSON: () => [1] });
    const kept = [{}, { a: {} }, '{}', new Date(0), new URL('http://a/')];
    for (const data of [
      ...kept,
      new Point(),
      old,
      saved,
      Object('a'),
      [Object(1)],
      { a: undefined },
      Object.create(null),
    ])
      expect(roomy(data as JsonValue).json).toBe(JSON.stringify(data));
  });

  it.each([
    [{ toJSON: () => new Map([[1, 2]]) }, /holds a Map: publish/],
    [{ toJSON: () => ({ deep: [new Set([1])] }) }, /holds a Set: publish/],
    [{ toJSON: () => () => 1 }, /holds a Function: publish/],
  ])('is refused when its toJSON returns what JSON would lose', (lost, words) => {
    for (const data of [lost, { deep: [lost] }])
      expect(thrownBy(() => draft(data as unknown as JsonValue))).toMatchObject({
        code: 'invalid-data',
        message: expect.stringMatching(words),
      });
  });

  it('asks a toJSON for nothing but its value', () => {
    const seen: unknown[] = [];
    const data = {
      toJSON: (name: unknown) => {
        seen.push(name);
        return { at: new Date(0) };
      },
    };
    expect(roomy({ data } as unknown as JsonValue).json).toBe('{"data":{"at":"1970-01-01T00:00:00.000Z"}}');
    expect(seen.length).toBe(2);
  });

  it('is refused when the subject is no subject', () => {
    expect(thrownBy(() => draft(1, 'a'))).toMatchObject({ code: 'invalid-subject' });
    expect(thrownBy(() => draft(1, 7 as unknown as string))).toMatchObject({ code: 'invalid-subject' });
  });
});
