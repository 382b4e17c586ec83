import type { EngineState } from '@cometkit/core/cluster';

/** How often the state is looked at, at least. Units: milliseconds. */
const lookMs = 250;

interface Limits {
  readonly behindMs: number;
  readonly cutMs: number;
}

/** Whether this node has its engine: `live` until it was silent for some seconds. */
export class Health {
  readonly #limits: Limits;
  readonly #tell: (state: EngineState, why: string | undefined) => void;
  readonly #timer: NodeJS.Timeout;
  #state: EngineState | undefined = undefined;
  #heard = performance.now();
  #why: string | undefined = undefined;

  constructor(limits: Limits, tell: (state: EngineState, why: string | undefined) => void) {
    this.#limits = limits;
    this.#tell = tell;
    this.#timer = setInterval(() => this.#look(), Math.min(lookMs, limits.behindMs / 4));
    this.#timer.unref();
  }

  /** The engine has answered, and this node reads its log. */
  well(): void {
    this.#heard = performance.now();
    this.#why = undefined;
    this.#become('live');
  }

  /** Keeps what is wrong, for when it has lasted too long. */
  ill(why: string): void {
    this.#why = why;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  // Not before it was live once: a node that starts takes nobody in anyway.
  #look(): void {
    if (this.#state === undefined) return;
    const silentMs = performance.now() - this.#heard;
    if (silentMs > this.#limits.cutMs) this.#become('cut');
    else if (silentMs > this.#limits.behindMs && this.#state === 'live') this.#become('behind');
  }

  #become(state: EngineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#tell(state, this.#why);
  }
}
