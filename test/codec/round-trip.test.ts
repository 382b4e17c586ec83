import { isDeepStrictEqual } from 'node:util';
import { type ControlEvent, EncodeError, type FormatName, frameItem, isFieldName } from '@cometkit/codec';
import type { JsonValue } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainName, isXmlName } from '../../packages/codec/src/names.ts';
import {
  anyControl,
  anyData,
  anyText,
  asClassic,
  classicNames,
  event,
  format,
  names,
  read,
  respond,
  runs,
} from './kit.ts';

function asRead(name: FormatName, { event: type, fields }: ControlEvent): [string, [string, JsonValue][]] {
  if (format(name).classic) return asClassic({ event: type, fields });
  // JSON has one zero.
  return [type, fields.map(([field, value]) => [field, value === 0 ? 0 : value])];
}

function encode(name: FormatName, control: ControlEvent): string | EncodeError {
  try {
    return format(name).control(control);
  } catch (error) {
    if (error instanceof EncodeError) return error;
    throw error;
  }
}

/** What a classic format makes of data when it can carry all of it. */
function flat(format: FormatName, data: JsonValue): [string, string][] | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const members = Object.entries(data as Record<string, JsonValue>);
  const carried = { xml: isPlainName, 'xml-strict': isXmlName }[format as string] ?? (() => true);
  if (!members.every(([name]) => isFieldName(name) && carried(name))) return undefined;
  return members.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
}

describe.each(names)('%s', (name) => {
  it('gives a control event back as it was, or refuses it by name', () => {
    fc.assert(
      fc.property(anyControl, (control) => {
        const frame = encode(name, control);
        if (frame instanceof EncodeError) return;
        expect(read(name, [respond(name, [frame])])).toEqual({
          events: [asRead(name, control)],
          error: undefined,
        });
      }),
      runs(),
    );
  });

  it('gives any text in a field back as it was, or says where it cannot', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const frame = encode(name, { event: 'x', fields: [['a', text]] });
        if (frame instanceof EncodeError) expect(frame).toMatchObject({ code: 'invalid-text', field: 'a' });
        else expect(read(name, [respond(name, [frame])]).events).toEqual([['x', [['a', text]]]]);
      }),
      runs(),
    );
  });

  it('never refuses a published event, and changes nothing of it', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const frame = frameItem(format(name), event(data), { seq: 7, sid: 's1' });
        const { events, error } = read(name, [respond(name, [frame])]);
        expect(error).toBeUndefined();
        expect(events).toHaveLength(1);
        const fields = new Map(events[0]?.[1]);
        if (!format(name).classic) {
          expect(fields.get('cursor')).toBe('k3f9qd-3-7cq1');
          expect(fields.get('subject')).toBe(name === 'sse' ? undefined : '/fx/eur');
          expect(fields.get('data')).toEqual(data);
          return;
        }
        expect(fields.get('p_subject')).toBe('/fx/eur');
        const user = [...fields].filter(([field]) => !field.startsWith('p_'));
        if (!isDeepStrictEqual(user, flat(name, data))) expect(unpacked(user)).toEqual([['data', data]]);
      }),
      runs(),
    );
  });
});

function unpacked(fields: [string, JsonValue][]): [string, unknown][] {
  return fields.map(([name, text]) => [name, JSON.parse(String(text))]);
}

describe.each(classicNames)('%s', (name) => {
  it('never fails for a label, a subject or a publisher that it cannot carry', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const item = event({}, { subject: text, from: text });
        const frame = frameItem(format(name), item, { seq: 1, sid: text, label: text });
        const { events } = read(name, [respond(name, [frame])]);
        const fields = new Map(events[0]?.[1]);
        for (const field of ['p_subject', 'p_from', 'p_sid', 'p_label']) {
          expect(String(fields.get(field))).toHaveLength(text.length);
        }
      }),
      runs(),
    );
  });
});

describe('names of fields outside of ASCII', () => {
  const data = { '\u4e2d\u6587': '1', y: '2' };
  const more = { 'a b': '1', 'a[b]': '2', 'x:y': '3', '1x': '4' };
  const hostile = { "');alert(1)//": '1', '</script>': '2', '"': '3' };

  it.each(classicNames)(
    'are carried as they are by %s where it can, else the data is one field of JSON',
    (name) => {
      const fieldsOf = (given: Record<string, string>) => {
        const frame = frameItem(format(name), event(given), { seq: 1 });
        const [[, fields] = ['', []]] = read(name, [respond(name, [frame])]).events;
        return Object.fromEntries(fields.filter(([field]) => !field.startsWith('p_')));
      };
      expect(fieldsOf(data)).toEqual(data);
      expect(fieldsOf(more)).toEqual(name === 'xml-strict' ? { data: JSON.stringify(more) } : more);
      const packed = { data: JSON.stringify(hostile) };
      expect(fieldsOf(hostile)).toEqual(name.startsWith('xml') ? packed : hostile);
    },
  );
});
