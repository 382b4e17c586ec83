// How the entries of a frame are written for an engine: one line that describes them, then their texts one after another.
import type { FrameEntry } from './cluster.ts';
import type { Scope } from './event.ts';

/** What describes an event: subject, length of its JSON text, scope, `to`, `from`, `name`, `except`, and `traceparent` if it has one. */
type DataHead = readonly [
  subject: string,
  length: number,
  scope: Scope,
  to: string | null,
  from: string | null,
  name: string | null,
  except: string | null,
  traceparent?: string,
];
/** What describes a change of a session: its id, and the length of the change's JSON text. */
type ControlHead = readonly [string, number];

const version = '1';
const maxEntries = 256;
const scopes: readonly unknown[] = ['subject', 'session', 'principal', 'all'] satisfies readonly Scope[];
// Control characters would end a line of a stream; JSON text made by `JSON.stringify` has none.
const oneLine = /^[^\p{Cc}\p{Cs}]+$/u;

/** Writes the entries of a batch as text without control characters but one line feed. */
export function entriesToText(entries: readonly FrameEntry[]): string {
  const heads: (DataHead | ControlHead)[] = [];
  let texts = '';
  for (const entry of entries) {
    const text = entry.kind === 'data' ? entry.draft.json : (JSON.stringify(entry.change) ?? 'null');
    heads.push(headOf(entry, text.length));
    texts += text;
  }
  return `${version}${JSON.stringify(heads)}\n${texts}`;
}

function headOf(entry: FrameEntry, length: number): DataHead | ControlHead {
  if (entry.kind === 'control') return [entry.session, length];
  const { subject, scope, to, from, name, except, traceparent } = entry.draft;
  const head = [subject, length, scope, to ?? null, from ?? null, name ?? null, except ?? null] as const;
  return traceparent === undefined ? head : [...head, traceparent];
}

/**
 * Reads what `entriesToText` has written, or what anybody else has put there.
 *
 * @returns undefined when the text is not 1 to 256 entries, each of which a hub could have written.
 */
export function entriesFromText(text: string): FrameEntry[] | undefined {
  const end = text.indexOf('\n');
  const heads = text.startsWith(version) ? parsed(text.slice(version.length, Math.max(end, 0))) : undefined;
  if (!Array.isArray(heads) || heads.length === 0 || heads.length > maxEntries) return undefined;
  const entries: FrameEntry[] = [];
  let at = end + 1;
  for (const head of heads as readonly unknown[]) {
    if (!isHead(head)) return undefined;
    const entry = entryOf(head, text.slice(at, at + head[1]));
    if (entry === undefined) return undefined;
    entries.push(entry);
    at += head[1];
  }
  return at === text.length ? entries : undefined;
}

function entryOf(head: DataHead | ControlHead, json: string): FrameEntry | undefined {
  const value = oneLine.test(json) && json.length === head[1] ? parsed(json) : undefined;
  if (value === undefined) return undefined;
  const [name] = head;
  return head.length === 2 ? { kind: 'control', session: name, change: value } : dataOf(head, json);
}

function dataOf(head: DataHead, json: string): FrameEntry {
  const [subject, , scope, to, from, name, except, traceparent] = head;
  const address = { scope, to: to ?? undefined, from: from ?? undefined };
  const more = { name: name ?? undefined, except: except ?? undefined };
  const draft = { subject, json, ...address, ...more };
  return { kind: 'data', draft: traceparent === undefined ? draft : { ...draft, traceparent } };
}

function isHead(head: unknown): head is DataHead | ControlHead {
  if (!Array.isArray(head) || !isLine(head[0]) || !Number.isSafeInteger(head[1]) || head[1] < 1) return false;
  if (head.length === 2) return true;
  if (head.length === 8 ? !isLine(head[7]) : head.length !== 7) return false;
  return scopes.includes(head[2]) && head.slice(3).every(isLineOrNull) && isAddressed(head);
}

// Whom an event is for is named exactly where its scope asks for a name.
function isAddressed(head: readonly unknown[]): boolean {
  return (head[3] !== null) === (head[2] === 'session' || head[2] === 'principal');
}

function isLine(value: unknown): boolean {
  return typeof value === 'string' && oneLine.test(value);
}

function isLineOrNull(value: unknown): boolean {
  return value === null || isLine(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not JSON: whoever asks says what that means
  }
}
