import { createContext, runInContext } from 'node:vm';
import { type ControlEvent, EncodeError, frameItem, isFieldName } from '@cometkit/codec';
import fc from 'fast-check';
import { JSDOM } from 'jsdom';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import {
  anyControl,
  anyData,
  anyName,
  anyText,
  asClassic,
  classicNames,
  event,
  format,
  names,
  poison,
  read,
  respond,
  runs,
} from './kit.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;

/** The texts of all script elements of a page, and how many elements of other names it has. */
function scriptsOf(page: string): { scripts: string[]; others: string[] } {
  const scripts: string[] = [];
  const others: string[] = [];
  const waiting: Node[] = [...parse(page).childNodes];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    if (!('tagName' in node)) continue;
    if (node.tagName === 'script')
      scripts.push(node.childNodes.map((child) => ('value' in child ? child.value : '')).join(''));
    else others.push(node.tagName);
    waiting.push(...node.childNodes);
  }
  return { scripts, others };
}

/** Runs scripts as the frame of a page does: what came to `parent.push`, and how the page would navigate. */
function run(scripts: readonly string[]): {
  pushed: string[][];
  href: string | undefined;
  wait: number | undefined;
} {
  const pushed: string[][] = [];
  const outcome: { href: string | undefined; wait: number | undefined } = {
    href: undefined,
    wait: undefined,
  };
  const document = { location: { href: '' } };
  const context = createContext({
    parent: { push: (...args: string[]) => pushed.push(args) },
    document,
    setTimeout: (callback: () => void, wait: number) => {
      callback();
      outcome.href = document.location.href;
      outcome.wait = wait;
    },
  });
  for (const script of scripts) runInContext(script, context);
  return { pushed, ...outcome };
}

const js = format('js');
const strict = format('xml-strict');

describe('nothing gets out of a script of the js format', () => {
  it('makes exactly one script element per control event, with its fields for arguments', () => {
    fc.assert(
      fc.property(anyControl, anyControl, (...controls) => {
        const encoded = controls.flatMap((control) => {
          try {
            return [[control, js.control(control)] as const];
          } catch (error) {
            if (error instanceof EncodeError) return [];
            throw error;
          }
        });
        const page = scriptsOf(
          respond(
            'js',
            encoded.map(([, frame]) => frame),
          ),
        );
        expect(page.scripts).toHaveLength(encoded.length + 1);
        expect(page.others).toEqual(['html', 'head', 'body', 'meta', 'meta']);
        expect(run(page.scripts).pushed).toEqual(
          encoded.map(([sent]) => {
            const [type, fields] = asClassic(sent);
            return ['p_event', type, ...fields.flat()];
          }),
        );
      }),
      runs(300),
    );
  });

  it('makes exactly one script element per published event, whatever its texts', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, label) => {
        const frame = frameItem(js, event({ text }, { subject: text }), { seq: 1, label }, { nonce: 'abc' });
        const page = scriptsOf(respond('js', [frame]));
        expect(page.scripts).toHaveLength(2);
        expect(page.others).toHaveLength(5);
        const [args] = run(page.scripts).pushed;
        expect(args).toEqual([
          'p_event',
          'data',
          'p_label',
          label,
          'p_seq',
          '1',
          'p_subject',
          text,
          'p_time',
          '1700000003',
          'text',
          text,
        ]);
      }),
      runs(),
    );
  });

  it('navigates to the path it was given, whatever its texts', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const url = `/p?${text}`;
        const frame = js.control({
          event: 'refresh',
          fields: [
            ['waitMs', 5],
            ['url', url],
          ],
        });
        const page = scriptsOf(respond('js', [frame]));
        expect(run(page.scripts)).toEqual({ pushed: [], href: url, wait: 5 });
      }),
      runs(300),
    );
  });
});

/** The events of an xml-strict document as an XML parser reads them. */
function readWithSaxes(document: string): Record<string, string>[] {
  const elements: Record<string, string>[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.entries(tag.attributes).map(([name, { value }]) => [name, value] as const);
    if (tag.name === 'event') elements.push(Object.fromEntries(attributes));
  });
  parser.write(document).close();
  return elements;
}

// The reader of the original, as its behaviour is known: an element ends at the first `>`, a backslash takes the next
// character as it is, entities mean nothing.
function readAsOriginal(element: string): Map<string, string> {
  const text = element.slice(0, element.indexOf('>') + 1).trim();
  if (!text.startsWith('<') || !text.endsWith('/>')) throw new Error('not an element');
  const fields = new Map<string, string>();
  let at = text.indexOf(' ') + 1;
  while (text.slice(at).trim() !== '/>') {
    const equals = text.indexOf('=', at);
    const name = text.slice(at, equals).trim();
    let value = '';
    for (at = equals + 2; text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1;
      value += text[at];
    }
    at += 1;
    fields.set(name, value);
  }
  return fields;
}

describe('nothing gets out of its value in the XML formats', () => {
  it('makes an xml-strict document that an XML parser reads as it was meant, or refuses', () => {
    fc.assert(
      fc.property(anyControl, (control) => {
        let frame: string;
        try {
          frame = strict.control(control);
        } catch (error) {
          if (error instanceof EncodeError) return;
          throw error;
        }
        const [type, fields] = asClassic(control);
        expect(readWithSaxes(respond('xml-strict', [frame]))).toEqual([
          { p_event: type, ...Object.fromEntries(fields) },
        ]);
      }),
      runs(),
    );
  });

  it('makes a well-formed xml-strict document of any published event', () => {
    fc.assert(
      fc.property(anyData, anyText, (data, text) => {
        const item = event(data, { subject: text, from: text });
        const [element] = readWithSaxes(
          respond('xml-strict', [frameItem(strict, item, { seq: 1, sid: text, label: text })]),
        );
        expect(element).toMatchObject({ p_event: 'data', p_seq: '1' });
      }),
      runs(),
    );
  });

  it('makes a document that a DOM reads, line breaks and all', () => {
    const { window } = new JSDOM('');
    const text = 'a\t"b"\r\n<c> & \'d\' \\ \u{1f600} \u0085';
    const document = respond('xml-strict', [strict.control({ event: 'x', fields: [['a', text]] })]);
    const parsed = new window.DOMParser().parseFromString(document, 'text/xml');
    expect(parsed.getElementsByTagName('event')[0]?.getAttribute('a')).toBe(text);
  });

  it('uses no reference that the fork’s client does not know, but for white space', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const frame = frameItem(strict, event({ text }), { seq: 1 });
        expect(frame.replace(/&(?:lt|gt|quot|apos|amp|#9|#10|#13);/g, '')).not.toContain('&');
      }),
      runs(300),
    );
  });

  it('makes xml that the original reads as it was meant, but for ">"', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let frame: string;
        try {
          frame = format('xml').control({
            event: 'x',
            fields: [
              ['a', text],
              ['b', 'after'],
            ],
          });
        } catch (error) {
          if (error instanceof EncodeError) return;
          throw error;
        }
        expect(Object.fromEntries(readAsOriginal(frame))).toEqual({
          p_event: 'x',
          a: text.replaceAll('>', '&gt;'),
          b: 'after',
        });
      }),
      runs(),
    );
  });

  it('forges no field and no event by a value that tries to', () => {
    const attack: ControlEvent = {
      event: 'x',
      fields: [['a', '" p_from="me" /><event p_event="abort" b="']],
    };
    for (const name of classicNames) {
      const { events } = read(name, [respond(name, [format(name).control(attack)])]);
      expect(events).toEqual([['x', [attack.fields[0]]]]);
    }
  });
});

describe('poison names never reach a shipped client', () => {
  it.each(classicNames)('survives in an array used as a map: %s', (name) => {
    fc.assert(
      fc.property(fc.dictionary(anyName, anyText, { maxKeys: 6 }), (data) => {
        const frame = frameItem(format(name), event(data), { seq: 1 });
        const { events } = read(name, [respond(name, [frame])]);
        for (const [field, value] of events[0]?.[1] ?? []) {
          // biome-ignore lint/suspicious/noExplicitAny: the shipped clients do just this, which is the point.
          const map: any = [];
          map[field] = value;
          expect(map[field]).toBe(value);
          expect(map.length).toBe(0);
        }
      }),
      runs(),
    );
  });

  it.each(poison)('takes %s for no name of a field', (name) => {
    expect(isFieldName(name)).toBe(false);
  });
});

describe('names of Object.prototype', () => {
  it.each(names)('change nothing outside in %s', (name) => {
    const before = JSON.stringify(Reflect.ownKeys(Object.prototype).map(String));
    for (const field of poison) {
      const data = JSON.parse(`{"${field}":{"polluted":true}}`);
      const { events } = read(name, [respond(name, [frameItem(format(name), event(data), { seq: 1 })])]);
      expect(events).toHaveLength(1);
    }
    expect(JSON.stringify(Reflect.ownKeys(Object.prototype).map(String))).toBe(before);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
