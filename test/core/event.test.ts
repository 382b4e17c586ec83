import { positionOf } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { LogEvent, sizeOf } from '../../packages/core/src/event.ts';

const draft = { subject: '/a', time: 5, from: 'alice', scope: 'subject', to: undefined } as const;
const event = (json: string) => new LogEvent({ ...draft, json }, 7, 'e-7-1');

describe('an event', () => {
  it('holds what was published and where it stands', () => {
    expect(event('{"a":1}')).toMatchObject({
      ...draft,
      kind: 'data',
      json: '{"a":1}',
      position: 7,
      cursor: 'e-7-1',
    });
    expect(event('null').data).toBeNull();
  });

  it('gives its data parsed once and frozen throughout', () => {
    const { data } = event('{"a":[{"b":1}]}');
    const first = data as { a: { b: number }[] };
    expect(() => first.a.push({ b: 2 })).toThrow(TypeError);
    expect(Object.isFrozen(first.a[0])).toBe(true);
  });

  it('parses its data once', () => {
    const one = event('{"a":1}');
    expect(one.data).toBe(one.data);
  });

  it('keeps a member called __proto__ a member', () => {
    const data = event('{"__proto__":{"polluted":true}}').data as object;
    expect(Object.keys(data)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('gives data that is nested more deeply than the stack', () => {
    const depth = 20_000;
    expect(event('['.repeat(depth) + ']'.repeat(depth)).data).toHaveLength(1);
  });

  it('gives data that is wider than a call has arguments', () => {
    const { data } = event(`[${'0,'.repeat(300_000)}0]`);
    expect(data).toHaveLength(300_001);
  });

  it('is written as JSON with its data and its cursor, and without what only the log needs', () => {
    expect(JSON.parse(JSON.stringify({ event: event('{"a":1}') }))).toEqual({
      event: {
        ...{ kind: 'data', position: 7, cursor: 'e-7-1', subject: '/a', data: { a: 1 } },
        ...{ time: 5, from: 'alice', scope: 'subject' },
      },
    });
  });

  it('weighs its texts and a little more', () => {
    expect(event('"xx"').bytes).toBe(sizeOf({ ...draft, json: '"xx"' }));
    expect(event('"xx"').bytes).toBeGreaterThan(6);
  });
});

describe('positionOf', () => {
  it('is where a receiver stands that holds the item', () => {
    const gap = { kind: 'gap', from: 2, to: 9, cursor: '', reason: 'trimmed', count: undefined } as const;
    expect([positionOf(event('1')), positionOf(gap)]).toEqual([7, 9]);
  });
});
