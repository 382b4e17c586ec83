import type { FrameEntry } from '@cometkit/core/cluster';
import { entriesFromText, entriesToText } from '@cometkit/core/engine-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
const optional = fc.option(line, { nil: undefined });
const address = fc.oneof(
  fc.record({ scope: fc.constantFrom('session' as const, 'principal' as const), to: line }),
  fc.record({ scope: fc.constantFrom('subject' as const, 'all' as const), to: fc.constant(undefined) }),
);
const data: fc.Arbitrary<FrameEntry> = fc
  .tuple(
    line,
    fc.jsonValue(),
    address,
    fc.record({ from: optional, name: optional, except: optional, traceparent: optional }),
  )
  .map(([subject, value, to, more]) => {
    return { kind: 'data', draft: { subject, json: JSON.stringify(value), ...to, ...more } };
  });
const control: fc.Arbitrary<FrameEntry> = fc
  .tuple(line, fc.jsonValue())
  .map(([session, change]) => ({ kind: 'control', session, change: JSON.parse(JSON.stringify(change)) }));

const one: FrameEntry = {
  kind: 'data',
  draft: { subject: '/a', json: '"é"', scope: 'all', to: undefined, from: undefined },
};

describe('the text of a frame', () => {
  it('gives the entries back', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(data, control), { minLength: 1, maxLength: 20 }), (entries) => {
        expect(entriesFromText(entriesToText(entries))).toEqual(entries);
      }),
    );
  });

  it('is no frame when anything is changed, added or left out', () => {
    const text = entriesToText([one, { kind: 'control', session: 's', change: { left: true } }]);
    for (let at = 0; at < text.length; at += 1) {
      expect(entriesFromText(text.slice(0, at) + text.slice(at + 1)), `without ${at}`).not.toEqual(
        entriesFromText(text),
      );
      expect(entriesFromText(text.slice(0, at)), `up to ${at}`).toBeUndefined();
    }
    expect(entriesFromText(`${text} `)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a frame of no entries', '1[]\n'],
    ['another version', '2[["/a",1,"all",null,null,null,null]]\n1'],
    ['more than 256 entries', entriesToText(Array.from({ length: 257 }, () => one))],
    ['a line break in the data', '1[["/a",4,"all",null,null,null,null]]\n[1\n]'],
    ['data that is not JSON', '1[["/a",1,"all",null,null,null,null]]\n{'],
    ['texts longer than the frame', '1[["/a",9,"all",null,null,null,null]]\n1'],
    ['a negative length', '1[["/a",-1,"all",null,null,null,null]]\n'],
    ['a subject with a line break', '1[["/a\\nid: 1",1,"all",null,null,null,null]]\n1'],
    ['a name with a line break', '1[["/a",1,"all",null,null,"x\\ny",null]]\n1'],
    ['a trace with a line break', '1[["/a",1,"all",null,null,null,null,"x\\ny"]]\n1'],
    ['a trace that is null', '1[["/a",1,"all",null,null,null,null,null]]\n1'],
    ['a scope that is none', '1[["/a",1,"world",null,null,null,null]]\n1'],
    ['a session that is addressed without its name', '1[["/a",1,"session",null,null,null,null]]\n1'],
    ['a name where nobody is addressed', '1[["/a",1,"all","x",null,null,null]]\n1'],
    ['an object', '1{}\n'],
    ['a text', 'hello'],
  ])('does not accept %s', (_, text) => {
    expect(entriesFromText(text)).toBeUndefined();
  });
});
