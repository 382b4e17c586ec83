import { parseCursor } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import type { CloseOptions } from '@cometkit/handler';
import type { ActionResult } from './options.ts';
import type { Serving } from './source.ts';

/**
 * How far a drain from the inspector is. `impossible`: the inspector was given a hub, and nothing that serves it; `forbidden`: the
 * option says `false`; `possible`: it has not begun.
 */
export type DrainState = 'impossible' | 'forbidden' | 'possible' | 'draining' | 'drained' | 'closed';

/** What the page shows of it. */
export interface DrainView {
  readonly state: DrainState;
  /** Which node it would be: a request names it, since a balancer may bring it to another one. */
  readonly node: string;
  readonly settleMs: number;
  readonly drainMs: number;
}

type Drain = (options: CloseOptions) => Promise<void>;

const usual: Required<CloseOptions> = { settleMs: 2000, drainMs: 10_000 };

/** Sends the clients of one node elsewhere when an operator asks for it: once, until its process starts anew. */
export class Drainer {
  readonly #hub: ClusterHub;
  readonly #drain: Drain | undefined;
  readonly #times: Required<CloseOptions> | undefined;
  #state: 'possible' | 'draining' | 'drained' = 'possible';

  /** @param options - `false` forbids it. */
  constructor(hub: ClusterHub, push: ClusterHub | Serving, options: CloseOptions | false = {}) {
    this.#hub = hub;
    this.#drain = drainOf(push);
    if (options !== false)
      this.#times = {
        settleMs: options.settleMs ?? usual.settleMs,
        drainMs: options.drainMs ?? usual.drainMs,
      };
  }

  view(): DrainView {
    // A hub that is alone has no name; the life of its log tells it from those beside it.
    const node = this.#hub.cluster?.node ?? parseCursor(this.#hub.cursor())?.epoch ?? '';
    return { ...(this.#times ?? usual), state: this.#now(), node };
  }

  /**
   * Begins, and does not wait for the end: the page is told how far it is.
   *
   * @param node - the node that the operator has seen and means.
   */
  begin(node: unknown): ActionResult {
    const { state, node: here } = this.view();
    if (state !== 'possible' || this.#drain === undefined || this.#times === undefined)
      return refused(refusals[state]);
    if (node !== here)
      return refused('this request has come to another node than the one it names: nothing was done');
    this.#state = 'draining';
    const over = () => {
      this.#state = 'drained';
    };
    this.#drain(this.#times).then(over, over);
    return { status: 200, body: { draining: here } };
  }

  #now(): DrainState {
    if (this.#hub.closed) return 'closed';
    if (this.#drain === undefined) return 'impossible';
    return this.#times === undefined ? 'forbidden' : this.#state;
  }
}

const refusals: Readonly<Record<DrainState, string>> = {
  impossible: 'the inspector was given a hub alone: give it what serves the hub',
  forbidden: 'the option drain of the inspector says false',
  draining: 'this node drains already',
  drained: 'this node has been drained',
  closed: 'the hub is closed',
  possible: '',
};

function refused(error: string): ActionResult {
  return { status: 409, body: { error } };
}

// A handler of node:http and comet() of Express have a handler; createHandler() gives one.
function drainOf(push: ClusterHub | Serving): Drain | undefined {
  const { handler, drain } = push as Partial<Serving>;
  if (typeof handler?.drain === 'function') return (options) => handler.drain(options);
  return typeof drain === 'function' ? (options) => drain(options) : undefined;
}
