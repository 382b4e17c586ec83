import type { Duplex } from 'node:stream';
import type { Outlet } from '@cometkit/handler';
import { WebSocket } from 'ws';
import { FrameTracker } from './frame-tracker.ts';
import { FrameWriter, MessageWriter, type Writer } from './writer.ts';

/** What a link is made of. */
export interface LinkParts {
  readonly socket: WebSocket;
  /** The stream under the socket. */
  readonly stream: Duplex;
  readonly limits: LinkLimits;
  /** The code that the server's end of the connection has. */
  closeCode(): number;
}

/** What a link does when its time comes. Units: ticks of the pulse. */
export interface LinkLimits {
  /** Silence after which a ping is sent. */
  readonly pingTicks: number;
  /** Silence after which nobody is there. */
  readonly deadTicks: number;
  /** How long a message may take from its first byte to its last. */
  readonly assemblyTicks: number;
}

const tooSlow = 1008;

/** One WebSocket as the outlet of a connection, and as something that can fall silent. */
export class Link implements Outlet {
  readonly #socket: WebSocket;
  readonly #writer: Writer;
  readonly #limits: LinkLimits;
  readonly #closeCode: () => number;
  readonly #tracker = new FrameTracker();
  #silent = 0;
  #assembling = 0;
  #onDrain: (() => void) | undefined = undefined;

  constructor({ socket, stream, limits, closeCode }: LinkParts) {
    this.#socket = socket;
    const drained = () => this.#onDrain?.();
    this.#writer =
      socket.extensions === '' ? new FrameWriter(stream, drained) : new MessageWriter(socket, drained);
    this.#limits = limits;
    this.#closeCode = closeCode;
    stream.on('data', (chunk: Uint8Array) => this.#heard(chunk));
    // Every fault of the protocol is told as an error, which without a listener would end the process.
    socket.on('error', () => undefined);
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.readyState === WebSocket.OPEN && this.#writer.write(bytes);
  }

  end(): void {
    this.#socket.close(this.#closeCode());
  }

  destroy(): void {
    this.#socket.terminate();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    if (this.#socket.readyState === WebSocket.CLOSED) listener();
    else this.#socket.once('close', listener);
  }

  /** Counts one tick of silence. */
  tick(): void {
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
