import type { Format } from '@cometkit/codec';
import { CometError, type HistoryQuery, type JsonValue, type Subscription } from '@cometkit/core';
import {
  readBatch,
  readCount,
  readCursor,
  readFlag,
  readHeartbeats,
  readHistory,
  readLabel,
  readMessageId,
  readMode,
  readNonce,
  readRecipient,
} from './command-fields.ts';
import type { Dialect, RequestInput } from './dialects/dialect.ts';
import { type RawRequest, textOf } from './request-fields.ts';
import { type Mode, type Verb, verbOf } from './wire-names.ts';

/** The session and the format of a request, which are needed before anything else is read. */
export interface Address {
  readonly dialect: Dialect;
  /** Undefined if the request names an unknown command. */
  readonly verb: Verb | undefined;
  readonly id: string | undefined;
  readonly key: string | undefined;
  readonly format: Format | undefined;
}

/**
 * One validated command. The same object is executed and passed to the authorize hooks, so that they cannot disagree.
 *
 * @remarks
 * Fields that the request does not name are undefined. `data` is what a publish or a request carries, otherwise null.
 */
export interface Command extends Address {
  readonly verb: Verb;
  readonly mode: Mode | undefined;
  readonly subject: string | undefined;
  readonly label: string | undefined;
  readonly sid: string | undefined;
  /**
   * Message id of the `subscribe` whose subscription should end, for clients that never got the id of the subscription.
   */
  readonly made: string | undefined;
  readonly to: string | undefined;
  /** Text of the cursor that the client holds. */
  readonly ack: string | undefined;
  readonly nonce: string | undefined;
  /** What the client shows to the join hook, where it cannot send headers: see `createTickets`. */
  readonly ticket: string | undefined;
  /** The generation of the channel that an acknowledgement is about. */
  readonly generation: number | undefined;
  /** The client's number of a heartbeat that it wants immediately on its stream. */
  readonly probe: number | undefined;
  /** The client's id of a command, by which a repeated command is recognized. */
  readonly messageId: string | undefined;
  /** The past events that a subscription starts with. */
  readonly history: HistoryQuery | undefined;
  /** True when only the newest event of each subject and name is to wait for a slow client. */
  readonly conflate: boolean;
  /** True when the client promises to answer heartbeats. */
  readonly answersHeartbeats: boolean;
  readonly data: JsonValue;
  /** The commands of a `batch`, not parsed yet. */
  readonly batch: readonly RawRequest[];
}

/**
 * Reads the session of a request.
 *
 * @param format - the format that the request asks for.
 * @throws {CometError} `missing-field` — the request names no command.
 * @throws {CometError} `invalid-field` — a value is not text.
 */
export function addressOf(input: RequestInput, format: Format | undefined): Address {
  const { dialect } = input;
  const type = textOf(input, 'type');
  if (type === undefined) {
    const field = dialect.nameOf('type');
    throw new CometError('missing-field', `no ${field} specified`, { field });
  }
  return { dialect, verb: verbOf(type), id: textOf(input, 'session'), key: textOf(input, 'key'), format };
}

const none: readonly RawRequest[] = [];

/** Returns whether a command makes a session of its own. */
export function isJoin(verb: Verb | undefined): boolean {
  return verb === 'join' || verb === 'join-listen';
}

/** Returns whether a subscription is what a command asks for. */
export function asksFor(
  { subject, label, conflate }: Command,
  { pattern, label: given, conflates }: Subscription,
): boolean {
  return pattern === subject && given === label && conflates === conflate;
}

/**
 * Reads and validates all fields of a command.
 *
 * @throws {CometError} `unknown-command`, `unknown-mode`, `invalid-cursor`, `invalid-field` or `reserved-field` — a
 *   field is not valid.
 */
export function parseCommand(input: RequestInput, address: Address): Command {
  const { verb, dialect } = address;
  if (verb === undefined)
    throw new CometError('unknown-command', `${dialect.nameOf('type')} names no command`, {});
  // Every member by name, because adding to a spread and freezing it takes 8 µs.
  return Object.freeze({
    dialect,
    verb,
    id: address.id,
    key: address.key,
    format: address.format,
    mode: verb === 'join' ? undefined : readMode(input),
    subject: textOf(input, 'subject'),
    label: readLabel(input),
    sid: textOf(input, 'subscription'),
    made: readMessageId(input, 'madeBy'),
    to: readRecipient(input),
    ack: readCursor(input, 'ack'),
    nonce: readNonce(input),
    ticket: textOf(input, 'ticket'),
    messageId: readMessageId(input, 'messageId'),
    history: readHistory(input),
    conflate: readFlag(input, 'conflate'),
    generation: readCount(input, 'generation'),
    probe: readCount(input, 'probe'),
    answersHeartbeats: readHeartbeats(input),
    data: verb === 'publish' || verb === 'request' ? input.data() : null,
    batch: verb === 'batch' ? readBatch(input) : none,
  });
}
