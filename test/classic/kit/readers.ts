import { runInNewContext } from 'node:vm';
import { SaxesParser } from 'saxes';

/** The fields of one event, all of them text. */
export type Fields = Readonly<Record<string, string>>;

/**
 * Reads bare elements as the parser of the original's Java client does: up to the first `>`, a backslash takes the next
 * character as it is, no entities. @returns what is not finished yet is left out.
 */
export function readElements(text: string): Fields[] {
  const events: Fields[] = [];
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const end = text.indexOf('>', at);
    if (end < 0) break;
    events.push(readElement(text.slice(at, end + 1)));
    at = end + 1;
  }
  return events;
}

function readElement(text: string): Fields {
  if (!text.endsWith('/>')) throw new Error(`not an element: ${text}`);
  const fields: Record<string, string> = {};
  let at = text.indexOf(' ');
  for (;;) {
    const equals = text.indexOf('=', at);
    if (equals < 0) return fields;
    const name = text.slice(at, equals).trim();
    let value = '';
    at = equals + 2;
    for (; text[at] !== '"'; at += 1) {
      if (at >= text.length) throw new Error(`not a value: ${text}`);
      if (text[at] === '\\') at += 1;
      value += text[at];
    }
    fields[name] = value;
    at += 1;
  }
}

/** Reads a whole xml-strict document. @throws it is not well-formed, or its root is not `pushlet`. */
export function readDocument(text: string): Fields[] {
  const events: Fields[] = [];
  const parser = new SaxesParser();
  const failures: Error[] = [];
  parser.on('error', (error) => failures.push(error));
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'event') events.push(attributes as Record<string, string>);
    else if (name !== 'pushlet') failures.push(new Error(`unexpected element ${name}`));
  });
  parser.write(text).close();
  if (failures[0] !== undefined) throw failures[0];
  return events;
}

/** What a page of the `js` format does: what it pushes, and where it goes on to. */
export interface Page {
  readonly events: readonly Fields[];
  readonly refresh: { readonly url: string; readonly wait: number } | undefined;
}

/** Runs the scripts of a page of the `js` format, as far as it has come, with a `parent` that listens. */
export function readPage(text: string): Page {
  const events: Fields[] = [];
  const location = { href: '' };
  let wait = -1;
  const sandbox = {
    parent: { push: (...pairs: string[]) => events.push(fieldsOf(pairs)) },
    document: { location },
    setTimeout: (task: unknown, delay: number) => {
      wait = delay;
      // The original hands over a text, ours the function.
      if (typeof task === 'function') task();
    },
  };
  const scripts = [...text.matchAll(/<script language="JavaScript"[^>]*>(.*?)<\/script>/gs)];
  runInNewContext(scripts.map(([, script]) => script).join('\n'), sandbox);
  return { events, refresh: wait < 0 ? undefined : { url: location.href, wait } };
}

function fieldsOf(pairs: readonly string[]): Fields {
  const fields: Record<string, string> = {};
  for (let index = 0; index < pairs.length; index += 2) fields[pairs[index] ?? ''] = pairs[index + 1] ?? '';
  return fields;
}

/** The event types, in their order. */
export function types(events: readonly Fields[]): string[] {
  return events.map((event) => event['p_event'] ?? '');
}
