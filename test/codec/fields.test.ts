import { type ControlEvent, EncodeError, isFieldName } from '@cometkit/codec';
import { describe, expect, it } from 'vitest';
import { allNames, format, poison } from './kit.ts';

describe('isFieldName', () => {
  it.each([
    'a',
    '_',
    'bid',
    'a.b-c_9',
    'a'.repeat(64),
    '1a',
    '-a',
    'a b',
    'é',
    '中文',
    'a:b',
    'a"',
    'x[y]',
    '<',
  ])('takes %s', (name) => {
    expect(isFieldName(name)).toBe(true);
  });

  it.each(['', ' ', 'a\n', 'a\u0000', '\ud800', 'é'.repeat(65), 'a'.repeat(65), 'p_x', ...poison])(
    'refuses %j',
    (name) => {
      expect(isFieldName(name)).toBe(false);
    },
  );
});

describe.each(allNames)('a control event in %s', (name) => {
  const refusals: [string, ControlEvent, string, string | undefined][] = [
    ['a type with a line break', { event: 'hb\ndata: x', fields: [] }, 'invalid-event', undefined],
    ['an empty type', { event: '', fields: [] }, 'invalid-event', undefined],
    ['an illegal name', { event: 'hb', fields: [['a"b', '']] }, 'invalid-name', 'a"b'],
    ['a poison name', { event: 'hb', fields: [['length', '1']] }, 'reserved-name', 'length'],
    [
      'a name twice',
      {
        event: 'hb',
        fields: [
          ['a', '1'],
          ['a', '2'],
        ],
      },
      'duplicate-name',
      'a',
    ],
    ['type as a field', { event: 'hb', fields: [['type', 'abort']] }, 'duplicate-name', 'type'],
    ['a name of the original', { event: 'hb', fields: [['p_event', 'abort']] }, 'reserved-name', 'p_event'],
    ['a number that is none', { event: 'hb', fields: [['waitMs', Number.NaN]] }, 'invalid-number', 'waitMs'],
  ];

  it.each(refusals)('refuses %s', (_what, control, code, field) => {
    expect(() => format(name).control(control)).toThrow(
      expect.objectContaining({ name: 'EncodeError', code, field }),
    );
  });
});

describe('EncodeError', () => {
  it('tells code, field and place, and never a value', () => {
    const control: ControlEvent = { event: 'hb', fields: [['note', 'secret\ud800']] };
    const thrown = (() => {
      try {
        return format('xml-strict').control(control);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(EncodeError);
    expect(thrown).toMatchObject({ code: 'invalid-text', field: 'note', offset: 6 });
    expect(String(thrown)).toBe(
      'EncodeError: [invalid-text] the event cannot be encoded in field "note" at 6',
    );
  });
});
