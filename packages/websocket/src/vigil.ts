import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameTracker } from './frame-tracker.ts';
import type { Ticking } from './pulse.ts';

/** What is done when the time has come. Units: ticks of the pulse. */
export interface VigilLimits {
  /** Silence after which a ping is sent. */
  readonly pingTicks: number;
  /** Silence after which nobody is there. */
  readonly deadTicks: number;
  /** How long a message may take from its first byte to its last. */
  readonly assemblyTicks: number;
}

const tooSlow = 1008;

/** Watches one WebSocket for a client that has vanished, and for messages that do not end. */
export class Vigil implements Ticking {
  readonly #socket: WebSocket;
  readonly #limits: VigilLimits;
  readonly #tracker = new FrameTracker();
  #silent = 0;
  #assembling = 0;

  constructor(socket: WebSocket, stream: Duplex, limits: VigilLimits) {
    this.#socket = socket;
    this.#limits = limits;
    stream.on('data', (chunk: Uint8Array) => this.#heard(chunk));
  }

  /** Counts one tick of silence. */
  tick(): void {
    // Who is not read cannot be heard.
    if (this.#socket.isPaused) return;
    this.#silent += 1;
    if (this.#silent >= this.#limits.deadTicks) this.#socket.terminate();
    else if (this.#silent === this.#limits.pingTicks) this.#socket.ping();
    this.#assembling = this.#tracker.unfinished ? this.#assembling + 1 : 0;
    if (this.#assembling >= this.#limits.assemblyTicks)
      this.#socket.close(tooSlow, 'the message took too long');
  }

  #heard(chunk: Uint8Array): void {
    this.#silent = 0;
    if (this.#tracker.follow(chunk)) this.#assembling = 0;
  }
}
