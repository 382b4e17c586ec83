import type { Format } from '@cometkit/codec';
import { CometError, type HistoryQuery, type JsonValue } from '@cometkit/core';
import {
  readBatch,
  readCount,
  readCursor,
  readHistory,
  readLabel,
  readMessageId,
  readMode,
  readNonce,
} from './command-fields.ts';
import type { Dialect, RequestInput } from './dialects/dialect.ts';
import { type RawRequest, textOf } from './request-fields.ts';
import { type Mode, type Verb, verbOf } from './wire-names.ts';

/** Whom a request is for and how it wants to be answered: what must be known before anything else is looked at. */
export interface Address {
  readonly dialect: Dialect;
  /** Undefined when the request names something that is not a command. */
  readonly verb: Verb | undefined;
  readonly id: string | undefined;
  readonly key: string | undefined;
  readonly format: Format | undefined;
}

/**
 * One validated command. The same object is executed and passed to the authorize hooks, so that they cannot disagree.
 *
 * @remarks
 * Fields that the request does not name are undefined. `data` is what a publish carries, otherwise null.
 */
export interface Command extends Address {
  readonly verb: Verb;
  readonly mode: Mode | undefined;
  readonly subject: string | undefined;
  readonly label: string | undefined;
  readonly sid: string | undefined;
  /** Message id of the `subscribe` whose subscription is to be ended, for who never heard its id. */
  readonly made: string | undefined;
  readonly to: string | undefined;
  /** Text of the cursor that the client holds. */
  readonly ack: string | undefined;
  readonly nonce: string | undefined;
  /** Which of the session's channels an acknowledgement is about. */
  readonly generation: number | undefined;
  /** The client's number of a heartbeat that it wants at once on its stream. */
  readonly probe: number | undefined;
  /** The client's own id of a command, by which a repeated one is recognised. */
  readonly messageId: string | undefined;
  /** Which past events a subscription wants to begin with. */
  readonly history: HistoryQuery | undefined;
  /** True when the client promises to answer heartbeats. */
  readonly answersHeartbeats: boolean;
  readonly data: JsonValue;
  /** The commands of a `batch`, as they were read. */
  readonly batch: readonly RawRequest[];
}

/**
 * Reads whom a request is for.
 *
 * @param format - the one that the request wants to be answered in.
 * @throws {CometError} `missing-field` — it names no command; `invalid-field` — a value is not text.
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

/** True for the commands that make a session of their own. */
export function isJoin(verb: Verb | undefined): boolean {
  return verb === 'join' || verb === 'join-listen';
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
  // Every member by its name, for a spread that is added to and then frozen takes 8 µs.
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
    to: textOf(input, 'to'),
    ack: readCursor(input, 'ack'),
    nonce: readNonce(input),
    messageId: readMessageId(input, 'messageId'),
    history: readHistory(input),
    generation: readCount(input, 'generation'),
    probe: readCount(input, 'probe'),
    answersHeartbeats: textOf(input, 'heartbeats') === 'answer',
    data: verb === 'publish' ? input.data() : null,
    batch: verb === 'batch' ? readBatch(input) : none,
  });
}
