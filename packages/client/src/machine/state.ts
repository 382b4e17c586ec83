import type { Failure } from '../errors.ts';
import type { Matching } from '../pattern.ts';
import type { Backoff } from './backoff.ts';
import { parseCursor } from './cursor.ts';
import { createHolding, type Holding } from './holding.ts';
import type { ClientState, Effect, Effects } from './inputs.ts';
import type { Sequence } from './sequencer.ts';
import type { Task } from './tasks.ts';
import { createSelector, type TransportName, type TransportSelector } from './transport-selector.ts';
import type { WireEvent } from './wire.ts';

// What a server gives unless it says otherwise (items).
const defaultWindow = 4096;
// The same, in UTF-16 units.
const defaultWindowSize = 4_194_304;
// How long a server holds an answer unless it says otherwise (milliseconds).
const defaultHeldMs = 25_000;

// Fewer than the message ids that a server remembers, so that a batch that is sent again makes nothing twice.
const maxBatch = 400;

/** A time that does not come. */
export const never: number = Number.POSITIVE_INFINITY;

/** A request under way. Times are milliseconds of the client's clock. */
interface Request {
  readonly requestId: number;
  readonly sentAt: number;
  /** When the last byte of its answer came. */
  heardAt: number;
}

/** The control request under way. */
export interface ControlRequest extends Request {
  /** What was asked: `join`, `subscribe` and so on. */
  readonly kind: string;
  /** What is asked, in the order of the answers: one entry, or those of a batch. */
  readonly entries: readonly Entry[];
  /** Index of the entry whose answer comes. */
  index: number;
}

/** One thing that a control request asks for. */
export interface Entry {
  readonly task: Task | undefined;
  /** The subscription to be ended. */
  readonly sid: string | undefined;
  /** Number of the subscription to be ended that was asked for and never heard of. */
  readonly ghost?: number | undefined;
  /** The acknowledgement or refusal that came. */
  answer?: WireEvent;
  /** Past items that came behind it. */
  items: number;
}

/** The open request that brings events. Times are milliseconds of the client's clock. */
export interface Channel extends Request {
  readonly transport: TransportName;
  /** True for a `refresh`, which the server may hold. */
  readonly held: boolean;
  /** True when the session has listened before. */
  readonly again: boolean;
  /** True once the server has answered the listen; from the beginning of a `refresh`. */
  acked: boolean;
  /** True once something new was handed over. */
  progress?: boolean;
  /** The server's own heartbeat interval. */
  idleMs: number;
  /** True when the client slept since it was opened. */
  woken?: boolean;
  /** Number of the request for a heartbeat that has not come yet. */
  probe?: number;
  /** The server's time of the last heartbeat since, in seconds. */
  beat?: number | undefined;
  /** The server's time when it answered that request, in seconds. */
  asked?: number | undefined;
  /** Size of what came since it was asked for, in UTF-16 units. */
  flow?: number;
  /** When the requested heartbeat must have come. */
  probeAt: number;
  /** The wait before the next request, once the end marker came. */
  nextMs?: number;
}

/** Everything that the client knows. Times are milliseconds of the client's clock. */
export interface State extends Sequence, Holding {
  now: number;
  /** State of the generator that jitter is drawn from. */
  seed: number;
  /** Unique name of this client, from which nonces and message ids are made. */
  readonly clientId: string;
  readonly matching: Matching;
  phase: ClientState | 'closing';
  /** Why the server refused the join that closed the client; undefined unless it did. */
  refusal?: Failure | undefined;
  /** True when a client that is leaving is to be opened again. */
  reopen?: boolean;
  /** Numbers given to requests. */
  last: number;
  /** The session's public id; undefined while there is none. */
  id?: string | undefined;
  /** The session's secret. */
  key?: string | undefined;
  joins: number;
  /** Sessions in a row that the server did not know soon after it had made them. */
  strays: number;
  /** The value of `joins` when a channel was last opened. */
  listened?: number;
  /** Counts what may have become of the log: places of different lives cannot be compared after a fork. */
  life: number;
  /** When this session was joined. */
  joinedAt: number;
  /** Subscriptions that are wanted and messages that wait, by number, oldest first. */
  readonly tasks: Map<number, Task>;
  /** Ids of subscriptions that the server has still to end. */
  readonly ends: Set<string>;
  /** Numbers of subscriptions that are not wanted any more and that the server may have made. */
  readonly ghosts: Set<number>;
  /** True while the application may ask for more in this turn: all of it travels together. */
  gathering?: boolean;
  /** As many commands travel in one request at most. */
  batch: number;
  /** True when the server of this session takes each message by itself. */
  alone?: boolean;
  /** Ids of subscriptions that the server has taken away in this session: an answer that names one may come later. */
  readonly revoked: Set<string>;
  request?: ControlRequest | undefined;
  channel?: Channel | undefined;
  /** True when the next request on the channel is a `refresh`. */
  refresh?: boolean;
  readonly control: Backoff;
  readonly data: Backoff;
  readonly selector: TransportSelector;
  /** Items handed over since the last acknowledgement. */
  unacked: number;
  /** When to send the next acknowledgement. */
  ackAt: number;
  /** Size of the texts since the last acknowledgement, in UTF-16 units or more. */
  unackedSize: number;
  /** How many items the server sends before it waits for an acknowledgement. */
  window: number;
  /** How much text it gives before, in UTF-16 units. */
  windowSize: number;
  /** How long the server holds an answer. */
  heldMs: number;
  /** Code of the lasting error that was reported to the application. */
  reported?: Failure['code'] | undefined;
  /** The longest event that is taken in, in UTF-16 units. */
  readonly maxEventChars: number;
  /** True when the application knows that events are longer than that. */
  oversized?: boolean;
  /** True when a channel failed before its first word: the next answer on the control channel makes that its transport's fault. */
  suspect?: boolean;
  /** True when the key goes into addresses too: the cookie that proves who asks does not come back, as in a frame on another site. */
  showKey?: boolean;
  /** True when a word of life is to be sent. */
  greet?: boolean;
  /** True when the server wants to see fresh credentials. */
  renew?: boolean;
  /** How often what is to be asked for next was turned away by something in front of the server, while other requests passed. */
  rebuffs: number;
  /** True when a heartbeat has to pass before that is tried again. */
  proof?: boolean;
  /** True when a heartbeat is to be asked for. */
  probe?: boolean;
  out: Effect[];
}

/** Options of a state machine. `seed` is any 32-bit integer. */
export interface StateOptions {
  readonly clientId: string;
  readonly seed: number;
  readonly now: number;
  readonly transports: readonly TransportName[];
  readonly matching?: Matching | undefined;
  readonly resumeFrom?: string | undefined;
  readonly maxEventChars?: number | undefined;
}

/** Makes the state of a client that has done nothing yet. */
export function createState(options: StateOptions): State {
  const {
    clientId,
    seed,
    now,
    transports,
    matching = 'path',
    resumeFrom,
    maxEventChars = 1_048_576,
  } = options;
  return {
    now,
    seed,
    clientId,
    matching,
    phase: 'connecting',
    last: 0,
    joins: 0,
    strays: 0,
    life: 0,
    joinedAt: now,
    at: parseCursor(resumeFrom),
    firstItem: true,
    holes: 0,
    tasks: new Map(),
    ends: new Set(),
    ghosts: new Set(),
    batch: maxBatch,
    revoked: new Set(),
    control: { cuts: 0, at: 0 },
    data: { cuts: 0, at: 0 },
    selector: createSelector(transports),
    rebuffs: 0,
    unacked: 0,
    ackAt: never,
    unackedSize: 0,
    ...createHolding(now),
    window: defaultWindow,
    windowSize: defaultWindowSize,
    heldMs: defaultHeldMs,
    maxEventChars,
    out: [],
  };
}

/** Adds an effect to what is to be done. */
export function emit<Name extends keyof Effects>(
  state: State,
  ...effect: [name: Name, ...args: Effects[Name]]
): void {
  state.out.push(effect as unknown as Effect);
}

/**
 * Draws the next random number for jitter.
 *
 * @returns from 0 up to 1, the same for the same seed.
 */
export function draw(state: State): number {
  state.seed = (Math.imul(state.seed, 1_664_525) + 1_013_904_223) >>> 0;
  return state.seed / 2 ** 32;
}
