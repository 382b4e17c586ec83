import { describe, expect, it } from 'vitest';
import {
  isHeldElsewhere,
  recordFromText,
  recordToText,
  type SessionRecord,
  withHolder,
} from '../../packages/handler/src/cluster/record.ts';

const mark = 'abcdefghijklmnopqrstuv';
const whole: SessionRecord = {
  id: 's1',
  principal: 'ann',
  data: { role: 'admin' },
  format: 'ndjson',
  mode: 'long-poll',
  leaseMs: 300_000,
  expires: 1.7e12,
  tokens: [mark],
  proven: true,
  address: mark,
  generation: 3,
  owner: 'node1',
  holders: ['node1', 'node2'],
  start: 'e1-4-z',
  resumed: true,
  asOf: 'e1-7-y',
  given: { node: 'node2', cursor: 'e1-6-x' },
  subscriptions: [
    { id: 'a', label: undefined, pattern: '/news', matching: 'path', from: 'e1-4-z' },
    { id: 'c', label: 'newest', pattern: '/prices', matching: 'path', from: 'e1-4-z', conflate: true },
    { id: 'b', label: 'two', pattern: 'alarm', matching: 'prefix', from: 'e1-5-q' },
  ],
  revoked: ['c'],
  seen: [
    { verb: 'subscribe', messageId: 'm1', sid: 'a' },
    { verb: 'unsubscribe', messageId: 'm2', sid: undefined },
  ],
};
const small: SessionRecord = {
  id: 's1',
  format: 'js',
  mode: 'stream',
  tokens: [],
  proven: false,
  generation: 0,
  holders: [],
  start: 'e1-0-0',
  resumed: false,
  asOf: 'e1-0-0',
  subscriptions: [],
  revoked: [],
  seen: [],
};

function changed(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...(JSON.parse(recordToText(whole)) as object), ...change });
}

describe('the record of a session', () => {
  it.each([whole, small])('comes back as it was written', (record) => {
    expect(recordFromText(recordToText(record), 's1')).toEqual(record);
  });

  it('keeps the newest members of what grows', () => {
    const seen = Array.from({ length: 300 }, (_, n) => ({
      verb: 'subscribe' as const,
      messageId: `m${n}`,
      sid: `s${n}`,
    }));
    const tokens = Array.from({ length: 9 }, (_, n) => mark.slice(1) + n);
    const revoked = Array.from({ length: 120 }, (_, n) => `r${n}`);
    const kept = recordFromText(recordToText({ ...whole, seen, tokens, revoked }), 's1');
    expect(kept?.seen).toEqual(seen.slice(-256));
    expect(kept?.tokens).toEqual(tokens.slice(-4));
    expect(kept?.revoked).toEqual(revoked.slice(-100));
  });

  it('is none when it is that of another session', () => {
    expect(recordFromText(recordToText(whole), 's2')).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"v":1'],
    ['no object', '[1]'],
    ['nothing', ''],
    ['another version', changed({ v: 2 })],
    ['an unknown format', changed({ format: 'ser' })],
    ['an unknown mode', changed({ mode: 'pull' })],
    ['an empty principal', changed({ principal: '' })],
    ['a principal that is no text', changed({ principal: 1 })],
    ['a lease of nothing', changed({ leaseMs: 0 })],
    ['an end that is no time', changed({ expires: 'soon' })],
    ['tokens that are no marks', changed({ tokens: ['short'] })],
    ['a proof that is no flag', changed({ proven: 1 })],
    ['an address in clear', changed({ address: '192.0.2.1' })],
    ['a negative generation', changed({ generation: -1 })],
    ['a broken generation', changed({ generation: 1.5 })],
    ['an owner that is no node', changed({ owner: 'a b' })],
    ['holders that are no list', changed({ holders: 'node1' })],
    ['a start that is no cursor', changed({ start: 'e1-04-z' })],
    ['no place of its writer', changed({ asOf: undefined })],
    ['a given place without a node', changed({ given: ['e1-6-x'] })],
    ['a subscription with too much', changed({ subscriptions: [['a', null, '/n', 'path', 'e1-4-z', 1]] })],
    ['a subscription without a pattern', changed({ subscriptions: [['a', null, '', 'path', 'e1-4-z']] })],
    ['an unknown matching', changed({ subscriptions: [['a', null, '/n', 'regexp', 'e1-4-z']] })],
    ['a subscription from nowhere', changed({ subscriptions: [['a', null, '/n', 'path', '']] })],
    ['a revoked subscription without an id', changed({ revoked: [''] })],
    ['an unknown command', changed({ seen: [['publish', 'm', null]] })],
    ['a command without an id', changed({ seen: [['subscribe', '', 'a']] })],
  ])('is none when it holds %s', (_what, text) => {
    expect(recordFromText(text, 's1')).toBeUndefined();
  });
});

describe('the holders of a session', () => {
  it('are named once each, and everybody when they are many', () => {
    expect(withHolder(['a'], 'a')).toEqual(['a']);
    expect(withHolder(['a'], 'b')).toEqual(['a', 'b']);
    const eight = [...'abcdefgh'];
    expect(withHolder(eight, 'h')).toBe(eight);
    expect(withHolder(eight, 'i')).toEqual(['*']);
    expect(withHolder(['*'], 'i')).toEqual(['*']);
  });

  it('are others than this node when one of them is, or owns it', () => {
    expect(isHeldElsewhere({ ...small, holders: ['a'] }, 'a')).toBe(false);
    expect(isHeldElsewhere({ ...small, holders: ['a'], owner: 'a' }, 'a')).toBe(false);
    expect(isHeldElsewhere({ ...small, holders: ['a', 'b'] }, 'a')).toBe(true);
    expect(isHeldElsewhere({ ...small, holders: ['*'] }, 'a')).toBe(true);
    expect(isHeldElsewhere({ ...small, holders: ['a'], owner: 'b' }, 'a')).toBe(true);
  });
});
