import { closePayload, encodeFrame, FrameReader, opcodes } from './frames.ts';
import type { Line, LineEnd } from './line.ts';

type State = 'connecting' | 'open' | 'closing' | 'closed';

/** What a simulated WebSocket needs of the client that it is in. */
export interface SocketHome {
  /** Asks for a connection with this end. */
  connect(end: LineEnd): Line;
  /** Runs a task later. */
  later(task: () => void, delayMs: number): void;
  /** Hears that the application has let go of the connection, or has lost it. */
  over(): void;
}

// How long a browser waits for the other side to close too. Units: ms.
const closeMs = 10_000;
const abnormal = 1006;
const headEnd = '\r\n\r\n';

/**
 * The client's end of a simulated WebSocket, as browsers make it: as much of it as the client uses.
 *
 * @returns what comes behind `close()` is handed over all the same, as some implementations do.
 */
export class SimWebSocket implements LineEnd {
  readonly #home: SocketHome;
  readonly #line: Line;
  readonly #listeners = new Map<string, ((event: object) => void)[]>();
  readonly #reader = new FrameReader();
  #state: State = 'connecting';
  #head = '';
  #code = abnormal;

  constructor(home: SocketHome) {
    this.#home = home;
    this.#line = home.connect(this);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener as (event: object) => void]);
  }

  send(text: string): void {
    if (this.#state === 'open') this.#frame(opcodes.text, new TextEncoder().encode(text));
  }

  close(): void {
    if (this.#state === 'connecting') {
      this.#line.destroy('up');
      this.#home.over();
      this.#home.later(() => this.#over(), 0);
    } else if (this.#state === 'open') this.#closing(1000);
  }

  bytes(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    const frames = this.#reader.feed(this.#state === 'connecting' ? this.#open(chunk) : chunk);
    for (const { opcode, payload } of frames) {
      if (opcode === opcodes.text) this.#emit('message', { data: new TextDecoder().decode(payload) });
      else if (opcode === opcodes.ping && this.#state === 'open') this.#frame(opcodes.pong, payload);
      else if (opcode === opcodes.close) {
        this.#code = (payload[0] ?? 0) * 256 + (payload[1] ?? 0);
        if (this.#state === 'open') this.#closing(this.#code);
      }
    }
  }

  // Both sides have said goodbye, or the server hung up without.
  finished(): void {
    this.#line.finish('up');
    this.#over();
  }

  broken(): void {
    this.#emit('error', {});
    this.#over();
  }

  // Shape: the bytes behind the answer to the handshake, none while it is not whole.
  #open(chunk: Uint8Array): Uint8Array {
    const before = this.#head.length;
    this.#head += new TextDecoder('latin1').decode(chunk);
    const end = this.#head.indexOf(headEnd);
    if (end < 0) return new Uint8Array();
    this.#state = 'open';
    this.#emit('open', {});
    return chunk.subarray(end + headEnd.length - before);
  }

  #closing(code: number): void {
    this.#state = 'closing';
    this.#frame(opcodes.close, closePayload(code));
    this.#home.over();
    this.#home.later(() => {
      if (this.#state === 'closed') return;
      this.#line.destroy('up');
      this.#over();
    }, closeMs);
  }

  #frame(opcode: number, payload: Uint8Array): void {
    this.#line.send('up', encodeFrame(opcode, payload, true));
  }

  #over(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#home.over();
    this.#emit('close', { code: this.#code });
  }

  #emit(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}
