import type { JsonValue } from './json.ts';

/** Whom an event is for: the subscribers of its subject, one session, one principal's sessions, or every session. */
export type Scope = 'subject' | 'session' | 'principal' | 'all';

/** What was published: on its way to the log until `event` is there. */
export interface Publication<Data = JsonValue> {
  /** Undefined while the engine of a cluster has not accepted it, or when it never will. A hub of one process sets it at once. */
  readonly event: CometEvent<Data> | undefined;
  /**
   * Waits until the event has its place in the log.
   *
   * @throws {CometError} `uncertain` — the engine did not answer for 30 s and may have it; `hub-closed` — the hub was closed before.
   * @remarks Who does not ask gets no promise. The hub's event `publish-failed` reports all failures.
   */
  accepted(): Promise<CometEvent<Data>>;
}

/** An accepted event: immutable, at one position of the log. */
export interface CometEvent<Data = JsonValue> extends Publication<Data> {
  readonly kind: 'data';
  /** Counts from 1 and strictly increases within an epoch. */
  readonly position: number;
  /** The cursor right after this event, as text. */
  readonly cursor: string;
  readonly subject: string;
  /** The JSON text of `data`, made once when the event was accepted. */
  readonly json: string;
  /** What was published, as JSON carries it. Parsed from `json` when first read, then kept and frozen. */
  readonly data: Data;
  /** When the event was accepted, in Unix milliseconds. */
  readonly time: number;
  /** Public id of the session that published it; undefined when the server did. */
  readonly from: string | undefined;
  readonly scope: Scope;
  /** The addressed session id or principal; undefined for the scopes `subject` and `all`. */
  readonly to: string | undefined;
  /** The name under which an `EventSource` dispatches it; undefined when the publisher gave none. */
  readonly name?: string | undefined;
  /** Public id of the one session that does not get it. */
  readonly except?: string | undefined;
  /** The trace that its publishing belongs to; undefined when the publisher gave none. */
  readonly traceparent?: string | undefined;
  /** Estimate of the memory that the event takes, in bytes. */
  readonly bytes: number;
}

/** Why events are missing. A hub uses all of these but `too-large`, which only a client can detect. */
export type GapReason =
  | 'overflow'
  | 'trimmed'
  | 'engine'
  | 'epoch'
  | 'fork'
  | 'expired'
  | 'policy'
  | 'conflated'
  | 'outdated'
  | 'too-large';

/**
 * Marks the exact place in the stream where events are missing.
 *
 * It covers the positions `from` to `to`, both included, as far as the receiver has not passed them.
 */
export interface Gap {
  readonly kind: 'gap';
  /** First missing position. For the reasons `epoch`, `fork` and `engine` it counts in the log that the receiver knew before. */
  readonly from: number;
  /** Last missing position. */
  readonly to: number;
  /** The cursor where the stream continues, as text. */
  readonly cursor: string;
  readonly reason: GapReason;
  /** How many events are missing; undefined when that is unknown. */
  readonly count: number | undefined;
}

/** What a session hands out: events, and gaps where events are missing. */
export type Item = CometEvent | Gap;

/** The position that a receiver has reached once it holds the item. */
export function positionOf(item: Item): number {
  return item.kind === 'data' ? item.position : item.to;
}

/** What the log stores: everything of an event but its place. */
export interface EventDraft {
  readonly subject: string;
  readonly json: string;
  readonly time: number;
  readonly from: string | undefined;
  readonly scope: Scope;
  readonly to: string | undefined;
  readonly name?: string | undefined;
  readonly except?: string | undefined;
  readonly traceparent?: string | undefined;
}

// Objects, strings and references of one entry beside its texts, measured on 64-bit V8.
const overheadBytes = 160;

/** Makes the text of the cursor after a position. */
export interface CursorSource {
  cursorOf(position: number): string;
}

/** An event as the log makes it. One class, so that every event has one hidden shape on the hot path. */
export class LogEvent implements CometEvent {
  readonly kind = 'data' as const;
  readonly position: number;
  readonly subject: string;
  readonly json: string;
  readonly time: number;
  readonly from: string | undefined;
  readonly scope: Scope;
  readonly to: string | undefined;
  readonly name: string | undefined;
  readonly except: string | undefined;
  readonly traceparent: string | undefined;
  readonly bytes: number;
  #data: JsonValue | undefined = undefined;
  // The text is made when it is first asked for: an event that nobody gets needs none.
  #cursor: string | CursorSource;

  constructor(draft: EventDraft, position: number, cursor: string | CursorSource) {
    this.position = position;
    this.#cursor = cursor;
    this.subject = draft.subject;
    this.json = draft.json;
    this.time = draft.time;
    this.from = draft.from;
    this.scope = draft.scope;
    this.to = draft.to;
    this.name = draft.name;
    this.except = draft.except;
    this.traceparent = draft.traceparent;
    this.bytes = sizeOf(draft);
  }

  get cursor(): string {
    if (typeof this.#cursor !== 'string') this.#cursor = this.#cursor.cursorOf(this.position);
    return this.#cursor;
  }

  get event(): CometEvent {
    return this;
  }

  accepted(): Promise<CometEvent> {
    return Promise.resolve(this);
  }

  get data(): JsonValue {
    if (this.#data === undefined) this.#data = deepFreeze(JSON.parse(this.json) as JsonValue);
    return this.#data;
  }

  /** What `JSON.stringify` writes: with `data` and `cursor`, which a spread leaves out, and without what only the log needs. */
  toJSON(): Partial<CometEvent> {
    const { kind, position, cursor, subject, data, time, from, scope, to, name } = this;
    return { kind, position, cursor, subject, data, time, from, scope, to, name };
  }
}

/** Estimates the memory that an event takes, in bytes. */
export function sizeOf(draft: EventDraft): number {
  return overheadBytes + draft.json.length + draft.subject.length;
}

// Without recursion: the text may be nested more deeply than the stack.
function deepFreeze(value: JsonValue): JsonValue {
  const pending: unknown[] = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const member of Object.values(Object.freeze(next))) pending.push(member);
  }
  return value;
}
