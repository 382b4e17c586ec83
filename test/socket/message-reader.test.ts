import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../packages/socket/src/message-reader.ts';

function readAll(pieces: readonly Buffer[], maxBytes = 1000): (string | null)[] {
  const reader = new MessageReader(0x0a, maxBytes);
  const messages: (string | null)[] = [];
  for (const piece of pieces) {
    reader.take(piece);
    for (let text = reader.next(); text !== undefined; text = reader.next()) {
      messages.push(text);
      if (text === null) return messages;
    }
  }
  return messages;
}

describe('the reader of messages', () => {
  const stream = Buffer.from('a\n\nb\u20ac\u{1f600}c\nlast\n');
  const expected = ['a', '', 'b\u20ac\u{1f600}c', 'last'];

  it('gives the same messages wherever the stream is cut', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(readAll([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected);
    }
    expect(readAll([...stream].map((byte) => Buffer.of(byte)))).toEqual(expected);
  });

  it('stops in the middle of a chunk when it is not asked on', () => {
    const reader = new MessageReader(0x0a, 1000);
    reader.take(Buffer.from('a\nb\nc'));
    expect(reader.next()).toBe('a');
    reader.take(Buffer.from('d\n'));
    expect([reader.next(), reader.next(), reader.next()]).toEqual(['b', 'cd', undefined]);
  });

  it('knows whether a message is unfinished', () => {
    const reader = new MessageReader(0x0a, 1000);
    const states = ['a\n', 'b', 'c', '\n'].map((piece) => {
      reader.take(Buffer.from(piece));
      while (reader.next() !== undefined);
      return reader.unfinished;
    });
    expect(states).toEqual([false, true, true, false]);
  });

  it('refuses one byte more than the limit, whole or in pieces', () => {
    expect(readAll([Buffer.from(`${'x'.repeat(10)}\n`)], 10)).toEqual(['x'.repeat(10)]);
    expect(readAll([Buffer.from(`${'x'.repeat(11)}\n`)], 10)).toEqual([null]);
    expect(readAll([Buffer.from('x'.repeat(11))], 10)).toEqual([null]);
    expect(readAll(Array(11).fill(Buffer.from('x')), 10)).toEqual([null]);
  });
});
