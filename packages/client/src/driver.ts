import type { Effect, Effects, Input } from './machine/inputs.ts';
import { deadline, step } from './machine/machine.ts';
import { never, type State } from './machine/state.ts';
import { takeBack } from './machine/take-back.ts';
import { foreign } from './machine/transport-selector.ts';
import { Outbox } from './outbox.ts';
import type { Brake } from './subscription-owner.ts';
import { exchange } from './transports/exchange.ts';
import type { Endpoint, Sink, Transport } from './transports/transport.ts';

/** What is done when the machine wants it; what of it is for the application must not throw. */
export type Performers<Names extends keyof Effects = keyof Effects> = {
  readonly [Name in Names]: (...args: Effects[Name]) => void;
};

/** Gives the state machine its time and its network: inputs in, effects done, one timer. */
export class Driver {
  readonly state: State;
  readonly #endpoint: Endpoint;
  readonly #performers: Performers;
  readonly #outbox = new Outbox();
  readonly #stops = new Map<number, () => void>();
  readonly #effects: Effect[] = [];
  #busy = false;
  #timer: unknown;
  #timerAt = never;

  constructor(
    state: State,
    network: { readonly endpoint: Endpoint; readonly transports: readonly Transport[] },
    performers: Performers<Exclude<keyof Effects, 'open' | 'abort'>>,
  ) {
    this.state = state;
    this.#endpoint = network.endpoint;
    this.#performers = {
      ...performers,
      open: (requestId, name, fields) => {
        const transport = network.transports.find((candidate) => candidate.name === name);
        this.#stops.set(
          requestId,
          transport ? this.#connect(requestId, transport, fields) : this.#send(requestId, name, fields),
        );
      },
      abort: (requestId) => {
        this.#stops.get(requestId)?.();
        this.#stops.delete(requestId);
      },
    };
  }

  /**
   * Takes an input. The state changes at once; when the input comes out of a callback of the application, what it causes is
   * done after what is being done.
   */
  take(...input: Input): void {
    if (/subs|pub/.test(input[0])) this.#gather();
    this.#effects.push(...step(this.state, input, this.#endpoint.runtime.now()));
    if (!this.#busy) this.#perform();
  }

  /** Closes at once, also out of a callback: what was still to be handed over is not, and stays for the next opening. */
  close(): void {
    const kept = takeBack(this.state, this.#effects.splice(0));
    this.#effects.push(...kept, ...step(this.state, ['close'], this.#endpoint.runtime.now()));
    this.#perform();
  }

  /** Ends the session as a page that is over can: without waiting for an answer. */
  abandon(): void {
    const { id, key } = this.state;
    if (id) navigator.sendBeacon(this.#endpoint.url, JSON.stringify({ type: 'leave', session: id, key }));
  }

  /** Cursor of the place after the last item that was handed over, which the state may be ahead of. */
  get cursor(): string | undefined {
    const next = this.#effects.find((effect) => effect[0] === 'item');
    return (next ? next[2] : this.state.at)?.text;
  }

  /** Makes what holds the server back for one reader. */
  brake(): Brake {
    const { state } = this;
    const reader = {};
    return {
      // An acknowledgement may leave before what came in the same turn is with its reader.
      get more() {
        return 2 * state.window;
      },
      hold: (taken) => this.take('hold', reader, taken),
      release: () => this.take('release', reader),
    };
  }

  // What the application asks for and ends in one turn travels together.
  #gather(): void {
    const { state } = this;
    if (state.gathering) return;
    state.gathering = true;
    void Promise.resolve().then(() => {
      state.gathering = false;
      this.take('tick');
    });
  }

  #perform(): void {
    const outer = this.#busy;
    this.#busy = true;
    try {
      for (let effect = this.#effects.shift(); effect; effect = this.#effects.shift()) {
        // None has more; copies of their arguments would be a tenth of what a request leaves to be collected.
        const [name, first, second, third] = effect as readonly [Effect[0], ...unknown[]];
        (this.#performers[name] as (...args: unknown[]) => void)(first, second, third);
      }
    } finally {
      this.#busy = outer;
      this.#arm();
    }
  }

  #connect(requestId: number, transport: Transport, fields: Effects['open'][2]): () => void {
    try {
      return transport.open(this.#endpoint, fields, this.#sink(requestId));
    } catch (cause) {
      this.#sink(requestId).end({ code: 'unsupported', cause });
      return () => undefined;
    }
  }

  #send(requestId: number, name: Effects['open'][1], fields: Effects['open'][2]): () => void {
    const sink = this.#sink(requestId);
    const { plain, carry } = this.#endpoint;
    if (plain && name === 'control' && carry?.(fields, sink)) return () => undefined;
    const abort = new AbortController();
    const send = async (): Promise<void> =>
      sink.end(await exchange(this.#endpoint, fields, abort.signal, sink.data));
    if (name === 'control') this.#outbox.add(send, abort.signal);
    else if (foreign(name)) sink.end({ code: 'unsupported' });
    else void send();
    return () => abort.abort();
  }

  #sink(requestId: number): Sink {
    return {
      data: (events, size) => this.take('data', requestId, events, size),
      end: (failure) => {
        this.#stops.delete(requestId);
        this.take('end', requestId, failure);
      },
    };
  }

  // Deadlines mostly move away: a timer that comes too early finds nothing to do and is set again.
  #arm(): void {
    const { runtime } = this.#endpoint;
    const closed = this.state.phase === 'closed';
    const at = deadline(this.state);
    if (!closed && this.#timerAt <= at) return;
    runtime.clearTimer(this.#timer);
    this.#timerAt = closed ? never : at;
    const fire = (): void => {
      this.#timerAt = never;
      this.take('tick');
    };
    if (!closed) this.#timer = runtime.setTimer(fire, at - runtime.now());
  }
}
