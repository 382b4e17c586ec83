import type { FormatName } from '@cometkit/codec';
import { type Matching, parseCursor } from '@cometkit/core';
import type { SubscriptionParts } from '@cometkit/core/cluster';
import { formatNamed } from '../dialects/formats.ts';
import type { Mode } from '../wire-names.ts';

/** A command with a message id that was carried out, so that a repeated one does nothing, whichever node it meets. */
export interface Seen {
  readonly verb: 'subscribe' | 'unsubscribe';
  readonly messageId: string;
  /** The subscription that it made or ended; undefined when it ended all of them. */
  readonly sid: string | undefined;
}

/** Where a client that brings no cursor was given its last events. */
interface Given {
  readonly node: string;
  readonly cursor: string;
}

/** What the nodes of a cluster know of a session: what its text in the engine says. It holds no secret. */
export interface SessionRecord {
  readonly id: string;
  readonly principal?: string | undefined;
  /** The `data` of the join hook, if JSON can carry it. */
  readonly data?: unknown;
  readonly format: FormatName;
  readonly mode: Mode;
  /** How long it lives without a request, in milliseconds, if its dialect says so. */
  readonly leaseMs?: number | undefined;
  /** When its admission ends, in Unix milliseconds. */
  readonly expires?: number | undefined;
  /** Marks of the tokens of its cookies: of each join that was repeated. */
  readonly tokens: readonly string[];
  /** True once the client has shown its cookie; from then on its address proves nothing. */
  readonly proven: boolean;
  /** The mark of its address, for a client that may be known by it. */
  readonly address?: string | undefined;
  /** The number of its newest channel; 0 when it had none. */
  readonly generation: number;
  /** The node that has its stream. */
  readonly owner?: string | undefined;
  /** The nodes that may hold it. `*`, alone: any. */
  readonly holders: readonly string[];
  /** The cursor from which it gets events when its client names none. */
  readonly start: string;
  /** True when its client has named `start`: subscriptions made before its first channel begin there. */
  readonly resumed: boolean;
  /** The cursor of the node that wrote this: a node that reads it waits for this place. */
  readonly asOf: string;
  readonly given?: Given | undefined;
  readonly subscriptions: readonly SubscriptionParts[];
  /** Ids of subscriptions that were taken away, the newest last. */
  readonly revoked: readonly string[];
  /** The newest last. */
  readonly seen: readonly Seen[];
}

const version = 1;
const maxSeen = 256;
const maxRevoked = 100;
const maxTokens = 4;
const maxHolders = 8;

/** Writes a record. Lists that grow keep their newest members. */
export function recordToText(record: SessionRecord): string {
  const { subscriptions, seen, revoked, tokens, given, ...rest } = record;
  return JSON.stringify({
    v: version,
    ...rest,
    given: given && [given.node, given.cursor],
    tokens: tokens.slice(-maxTokens),
    revoked: revoked.slice(-maxRevoked),
    subscriptions: subscriptions.map(subscriptionText),
    seen: seen.slice(-maxSeen).map(({ verb, messageId, sid }) => [verb, messageId, sid ?? null]),
  });
}

/**
 * Reads the record of a session, which is checked like a request: the engine may hold anything.
 *
 * @returns undefined when it is not the record of this session.
 */
export function recordFromText(text: string, id: string): SessionRecord | undefined {
  const fields = parsed(text);
  if (!isObject(fields) || fields['v'] !== version || fields['id'] !== id) return undefined;
  for (const [name, test] of tests) if (!test(fields[name])) return undefined;
  const given = fields['given'] as readonly [string, string] | undefined;
  const seen = fields['seen'] as readonly (readonly [Seen['verb'], string, string | null])[];
  const { v: _version, ...rest } = fields;
  return {
    ...(rest as unknown as SessionRecord),
    given: given && { node: given[0], cursor: given[1] },
    subscriptions: (fields['subscriptions'] as readonly SubscriptionText[]).map(subscriptionOf),
    seen: seen.map(([verb, messageId, sid]) => ({ verb, messageId, sid: sid ?? undefined })),
  };
}

/** Adds a node to those that may hold a session. */
export function withHolder(holders: readonly string[], node: string): readonly string[] {
  if (holders[0] === '*' || holders.includes(node)) return holders;
  return holders.length < maxHolders ? [...holders, node] : ['*'];
}

/** Returns whether a node other than this one may hold a session. */
export function isHeldElsewhere({ holders, owner }: SessionRecord, node: string): boolean {
  return (owner !== undefined && owner !== node) || holders.some((holder) => holder !== node);
}

type SubscriptionText = readonly [string, string | null, string, Matching, string, true?];

// One member more only where it is needed: nodes of an older version know five.
function subscriptionText({
  id,
  label,
  pattern,
  matching,
  from,
  conflate,
}: SubscriptionParts): SubscriptionText {
  const text = [id, label ?? null, pattern, matching, from] as const;
  return conflate === true ? [...text, true] : text;
}

function subscriptionOf([id, label, pattern, matching, from, conflate]: SubscriptionText): SubscriptionParts {
  return { id, label: label ?? undefined, pattern, matching, from, conflate };
}

type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === 'string' && value !== '';
const isFlag: Test = (value) => typeof value === 'boolean';
const isMark: Test = (value) => typeof value === 'string' && /^[\w-]{22}$/.test(value);
const isNode: Test = (value) => typeof value === 'string' && /^[0-9a-z]{1,64}$/.test(value);
const isCursor: Test = (value) => typeof value === 'string' && parseCursor(value) !== undefined;
const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isMode: Test = (value) => value === 'stream' || value === 'long-poll' || value === 'poll';
const maybe =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const listOf =
  (test: Test, max: number): Test =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(test);
const tuple =
  (...members: readonly Test[]): Test =>
  (value) =>
    Array.isArray(value) &&
    value.length === members.length &&
    members.every((test, index) => test(value[index]));

const subscriptionTests: readonly Test[] = [
  isText,
  orNull((value) => typeof value === 'string'),
  isText,
  (value) => value === 'path' || value === 'prefix',
  isCursor,
];
const isPlain = tuple(...subscriptionTests);
const isConflating = tuple(...subscriptionTests, (value) => value === true);
const isSubscription: Test = (value) => isPlain(value) || isConflating(value);
const isSeen = tuple((value) => value === 'subscribe' || value === 'unsubscribe', isText, orNull(isText));

const tests: readonly (readonly [keyof SessionRecord, Test])[] = [
  ['principal', maybe(isText)],
  ['format', (value) => typeof value === 'string' && formatNamed(value) !== undefined],
  ['mode', isMode],
  ['leaseMs', maybe((value) => isCount(value) && value !== 0)],
  ['expires', maybe((value) => Number.isFinite(value))],
  ['tokens', listOf(isMark, maxTokens)],
  ['proven', isFlag],
  ['address', maybe(isMark)],
  ['generation', isCount],
  ['owner', maybe(isNode)],
  ['holders', listOf((value) => value === '*' || isNode(value), maxHolders)],
  ['start', isCursor],
  ['resumed', isFlag],
  ['asOf', isCursor],
  ['given', maybe(tuple(isNode, isCursor))],
  ['subscriptions', listOf(isSubscription, 10_000)],
  ['revoked', listOf(isText, maxRevoked)],
  ['seen', listOf(isSeen, maxSeen)],
];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not JSON: it is no record
  }
}
