import { describe, expect, it } from 'vitest';
import {
  Assembly,
  inParts,
  type Letter,
  letterFromText,
  letterToText,
} from '../../packages/handler/src/roll/letters.ts';

const ada = { id: 'ada', principal: 'ada' };
const somebody = { id: '0123' };

describe('a letter about who is there', () => {
  it.each<Letter>([
    { kind: 'beat', from: 'a', number: 7 },
    { kind: 'ask', from: 'a' },
    { kind: 'bye', from: 'a' },
    { kind: 'who', from: 'a', cursor: 'e-1-2' },
    { kind: 'own', from: 'a', number: 3, part: 1, of: 2, places: [['/rooms/1', ada]] },
    { kind: 'all', from: 'a', number: 3, part: 0, of: 1, places: [] },
    {
      kind: 'changes',
      from: 'a',
      number: 1,
      changes: [
        ['joined', '/rooms/1', ada],
        ['left', '/rooms/2', somebody],
      ],
    },
  ])('is read as it was written: %j', (letter) => {
    expect(letterFromText(letterToText(letter))).toEqual(letter);
  });

  it.each([
    'what ever',
    'null',
    '[]',
    '{"kind":"beat","number":1}',
    '{"kind":"beat","from":"a","number":-1}',
    '{"kind":"what","from":"a","number":1}',
    '{"kind":"who","from":"a"}',
    '{"kind":"own","from":"a","number":1,"part":1,"of":1,"places":[]}',
    '{"kind":"own","from":"a","number":1,"part":0,"of":1,"places":[["/a","b"]]}',
    '{"kind":"changes","from":"a","number":1,"changes":[[2,"/a","b",0]]}',
  ])('of nobody among us is none: %s', (text) => {
    expect(letterFromText(text)).toBeUndefined();
  });
});

describe('a list in parts', () => {
  const places = Array.from({ length: 4500 }, (_, n) => ['/rooms/1', { id: `${n}` }] as const);

  it('is whole again in whatever order they come', () => {
    const [one, two, three] = inParts(5, places);
    const assembly = new Assembly();
    for (const part of [three, one]) expect(part && assembly.take('a', part)).toBeUndefined();
    expect(two && assembly.take('a', two)).toEqual(places);
  });

  it('is not mixed with another one', () => {
    const [first] = inParts(5, places);
    const later = inParts(6, places);
    const assembly = new Assembly();
    if (first !== undefined) assembly.take('a', first);
    const whole = later.map((part) => assembly.take('a', part));
    expect(whole.map((list) => list?.length)).toEqual([undefined, undefined, 4500]);
  });

  it('has one part when nobody is there', () => {
    expect(inParts(1, [])).toEqual([{ number: 1, part: 0, of: 1, places: [] }]);
  });
});
