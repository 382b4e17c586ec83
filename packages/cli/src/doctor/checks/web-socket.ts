import { WebSocket } from 'ws';
import type { Target } from '../asking.ts';
import type { Finding } from '../finding.ts';
import { type Message, messageOf } from '../messages.ts';
import { seconds } from './stream.ts';

const openWithinMs = 5000;

/**
 * Finds out whether a WebSocket reaches CometKit, and stays open until the server says something by itself.
 *
 * @param patienceMs - how long to wait for that at most, in milliseconds.
 */
export async function checkWebSocket(target: Target, patienceMs: number): Promise<Finding> {
  const trial = new Trial(target);
  const finding = await trial.result(patienceMs);
  trial.close();
  return finding;
}

type Said = Omit<Finding, 'check'>;

class Trial {
  readonly #socket: WebSocket;
  readonly #stop: AbortSignal;
  #settle: (said: Said) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #idleMs = 0;
  #quietSince: number | undefined;

  constructor({ url, headers, stop }: Target) {
    const address = new URL(url);
    address.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#stop = stop;
    this.#socket = new WebSocket(address, { headers, perMessageDeflate: false, maxPayload: 65_536 });
  }

  async result(patienceMs: number): Promise<Finding> {
    const said = await new Promise<Said>((resolve) => {
      this.#settle = resolve;
      this.#listen(patienceMs);
    });
    return { check: 'web-socket', ...said };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
    setTimeout(() => this.#socket.terminate(), 1000).unref();
  }

  #listen(patienceMs: number): void {
    const socket = this.#socket;
    this.#timer = setTimeout(() => this.#over(), openWithinMs);
    this.#stop.addEventListener('abort', () => this.#over(), { once: true });
    socket.on('open', () => {
      this.#open = true;
      socket.send(JSON.stringify({ type: 'join' }));
      socket.send(JSON.stringify({ type: 'listen' }));
    });
    socket.on('unexpected-response', (request, { statusCode = 0 }) => {
      request.destroy();
      this.#note(
        `no WebSocket: the upgrade is answered with the status ${statusCode}, by a server without one or because a proxy does not pass it on`,
      );
    });
    socket.on('message', (data) => this.#take(messageOf(String(data)), patienceMs));
    socket.on('error', () => this.#over());
    socket.on('close', () => this.#over());
  }

  #take(message: Message | undefined, patienceMs: number): void {
    if (message === undefined) this.#note('a WebSocket opens, but it is not that of CometKit');
    else if (message.type === 'listen-ack') {
      this.#idleMs = Number(message.idleMs) || 20_000;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#over(), patienceMs);
    } else if (message.type === 'heartbeat' && this.#idleMs > 0) {
      // The first one comes with the acknowledgement.
      this.#quietSince ??= performance.now();
      const quietMs = performance.now() - this.#quietSince;
      if (quietMs < this.#idleMs / 2) return;
      this.#leave();
      this.#settle({
        verdict: 'ok',
        text: `a WebSocket opens, carries messages and stays open for ${seconds(quietMs)} of silence`,
      });
    }
  }

  #leave(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type: 'leave' }));
  }

  #note(text: string): void {
    this.#settle({ verdict: 'note', text, remedy: 'upgrade' });
  }

  /** Nothing more comes: how far it got says why. */
  #over(): void {
    if (!this.#open) this.#note('a WebSocket does not open');
    else if (this.#quietSince === undefined)
      this.#settle({ verdict: 'bad', text: 'a WebSocket opens and then carries nothing', remedy: 'upgrade' });
    else this.#settle(this.#afterSilence(performance.now() - this.#quietSince));
  }

  #afterSilence(quietMs: number): Said {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#leave();
      const text = `a WebSocket opens, carries messages and stays open for ${seconds(quietMs)}`;
      return { verdict: 'ok', text };
    }
    const text = `a quiet WebSocket is cut off after ${seconds(quietMs)}, and the server speaks after ${seconds(this.#idleMs)} of silence`;
    return { verdict: 'bad', text, remedy: 'idle' };
  }
}
