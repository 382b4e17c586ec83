import type { SimRequest } from './network.ts';
import type { SeededRandom } from './random.ts';

/** What can happen to a request on its way up. */
export type RequestFate =
  | 'pass'
  | 'refused'
  | 'lost'
  | 'twice'
  | 'reset-after'
  | 'bad-gateway'
  | 'bad-gateway-after';

/** A part of an answer on its way down: bytes, or the end of all bytes. */
export type Piece = Uint8Array | 'reset' | 'dark';

/** What the network does to exchanges. @returns called once for every request and for every write of the server. */
export interface Faults {
  /** How long it takes an end to notice that the line is dead. Units: ms. */
  readonly keepAliveMs: number;
  request(request: SimRequest): RequestFate;
  pieces(exchange: object, bytes: Uint8Array): Piece[];
  /** What a buffering proxy still holds when the answer ends. */
  rest(exchange: object): Uint8Array[];
  latency(): number;
  /** How often each kind struck. */
  readonly struck: Map<FaultKind, number>;
}

/** Every kind of fault of the network that the simulation knows. */
export type FaultKind =
  | Exclude<RequestFate, 'pass'>
  | 'reset-at-byte'
  | 'dark-at-byte'
  | 'sliced'
  | 'buffered'
  | 'slow'
  | 'server-crash'
  | 'server-restart'
  | 'session-end'
  | 'server-stall'
  | 'client-sleep'
  | 'slow-reader';

const requestFates: readonly RequestFate[] = [
  'refused',
  'lost',
  'twice',
  'reset-after',
  'bad-gateway',
  'bad-gateway-after',
];

/** Faults at random, at a rate, as long as they are switched on. */
export class RandomFaults implements Faults {
  readonly keepAliveMs = 20_000;
  readonly struck = new Map<FaultKind, number>();
  /** Faults strike only while this is above zero. Units: probability for each request and each write. */
  rate: number;
  readonly #random: SeededRandom;
  readonly #buffers = new Map<object, Uint8Array[]>();
  readonly #buffering = new WeakSet<object>();

  constructor(random: SeededRandom, rate: number) {
    this.#random = random;
    this.rate = rate;
  }

  latency(): number {
    if (this.#random.chance(this.rate / 2)) {
      this.strike('slow');
      return this.#random.integer(100, 3000);
    }
    return this.#random.integer(1, 20);
  }

  request(_request: SimRequest): RequestFate {
    if (!this.#random.chance(this.rate)) return 'pass';
    const fate = this.#random.pick(requestFates);
    this.strike(fate as FaultKind);
    return fate;
  }

  pieces(exchange: object, bytes: Uint8Array): Piece[] {
    if (this.#buffering.has(exchange)) return this.#buffer(exchange, bytes);
    if (bytes.length === 0 || !this.#random.chance(this.rate)) return [bytes];
    const cut = this.#random.integer(0, bytes.length);
    const kind = this.#random.pick(['reset-at-byte', 'dark-at-byte', 'sliced', 'buffered'] as const);
    this.strike(kind);
    if (kind === 'reset-at-byte') return [bytes.subarray(0, cut), 'reset'];
    if (kind === 'dark-at-byte') return [bytes.subarray(0, cut), 'dark'];
    if (kind === 'sliced') return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    this.#buffering.add(exchange);
    return this.#buffer(exchange, bytes);
  }

  rest(exchange: object): Uint8Array[] {
    const held = this.#buffers.get(exchange) ?? [];
    this.#buffers.delete(exchange);
    return held;
  }

  /** Notes that a fault struck. */
  strike(kind: FaultKind): void {
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
  }

  // A proxy that passes on what it holds only when the answer ends.
  #buffer(exchange: object, bytes: Uint8Array): Piece[] {
    const held = this.#buffers.get(exchange) ?? [];
    held.push(bytes);
    this.#buffers.set(exchange, held);
    return [];
  }
}

/** One fault at one place: the `at`-th decision of the network, counted over requests and writes alike. */
export interface PlannedFault {
  readonly at: number;
  readonly kind: PlannedKind;
}

/** The faults of the exhaustive search; those of bytes cut a write at its start, in its middle and at its end. */
export type PlannedKind =
  | Exclude<RequestFate, 'pass'>
  | 'crash'
  | 'reset-0'
  | 'reset-mid'
  | 'reset-end'
  | 'dark-0'
  | 'dark-mid'
  | 'buffered'
  | 'sliced';

export const plannedRequestKinds: readonly PlannedKind[] = [
  'crash',
  'refused',
  'lost',
  'twice',
  'reset-after',
  'bad-gateway',
  'bad-gateway-after',
];
export const plannedWriteKinds: readonly PlannedKind[] = [
  'crash',
  'reset-0',
  'reset-mid',
  'reset-end',
  'dark-0',
  'dark-mid',
  'buffered',
  'sliced',
];

/** Faults exactly where a plan says, and none elsewhere. Decisions are recorded, so that a plan can be made from a run. */
export class PlannedFaults implements Faults {
  readonly keepAliveMs = 20_000;
  readonly struck = new Map<FaultKind, number>();
  /** What each decision was about, in order. */
  readonly decisions: ('request' | 'write')[] = [];
  /** Called for the fault `crash`. */
  crash: () => void = () => {};
  readonly #plan: ReadonlyMap<number, PlannedKind>;
  readonly #buffers = new Map<object, Uint8Array[]>();

  constructor(plan: readonly PlannedFault[]) {
    this.#plan = new Map(plan.map(({ at, kind }) => [at, kind]));
  }

  latency(): number {
    return 5;
  }

  request(_request: SimRequest): RequestFate {
    const kind = this.#decide('request');
    if (kind === 'crash') this.crash();
    return kind !== undefined && (requestFates as readonly string[]).includes(kind)
      ? (kind as RequestFate)
      : 'pass';
  }

  pieces(exchange: object, bytes: Uint8Array): Piece[] {
    const held = this.#buffers.get(exchange);
    if (held !== undefined) {
      held.push(bytes);
      return [];
    }
    const half = bytes.length >> 1;
    switch (this.#decide('write')) {
      case 'crash':
        this.crash();
        return ['dark'];
      case 'reset-0':
        return ['reset'];
      case 'reset-mid':
        return [bytes.subarray(0, half), 'reset'];
      case 'reset-end':
        return [bytes, 'reset'];
      case 'dark-0':
        return ['dark'];
      case 'dark-mid':
        return [bytes.subarray(0, half), 'dark'];
      case 'sliced':
        return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
      case 'buffered':
        this.#buffers.set(exchange, [bytes]);
        return [];
      default:
        return [bytes];
    }
  }

  rest(exchange: object): Uint8Array[] {
    return this.#buffers.get(exchange) ?? [];
  }

  #decide(what: 'request' | 'write'): PlannedKind | undefined {
    const kind = this.#plan.get(this.decisions.length);
    this.decisions.push(what);
    return kind;
  }
}
