import dgram from 'node:dgram';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Message, serveUdp, settled } from './kit.ts';

/** A generator of chances. Shape: from 0 up to 1, the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A network between one client and the server that loses, doubles and overtakes, both ways. Shape: its port. */
async function badNetwork(serverPort: number, chance: () => number): Promise<number> {
  const [near, far] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
  let client = 0;
  const pass = (socket: dgram.Socket, bytes: Buffer, port: () => number): void => {
    const copies = chance() < 0.2 ? 0 : chance() < 0.1 ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delayMs = chance() < 0.1 ? chance() * 20 : 0;
      setTimeout(() => open && socket.send(bytes, port(), '127.0.0.1'), delayMs);
    }
  };
  let open = true;
  near.on('message', (bytes, from) => {
    client = from.port;
    pass(far, bytes, () => serverPort);
  });
  far.on('message', (bytes) => pass(near, bytes, () => client));
  await Promise.all(
    [near, far].map((socket) => new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))),
  );
  onTestFinished(() => {
    open = false;
    near.close();
    far.close();
  });
  return near.address().port;
}

/** A client that counts what comes and listens again behind the last event that it had, as the guide says. */
class Reader {
  readonly got: unknown[] = [];
  readonly socket = dgram.createSocket('udp4');
  repairs = 0;
  readonly #port: number;
  #token = '';
  #session: Message | undefined;
  #cursor: unknown;
  #lastSeq = 0;
  #request = 0;
  #asked: number | undefined;
  #listening = false;

  constructor(port: number) {
    this.#port = port;
    this.socket.on('message', (bytes) => this.#take(JSON.parse(bytes.toString())));
    const timer = setInterval(() => this.#listening || this.#listen(), 30);
    onTestFinished(() => {
      clearInterval(timer);
      this.socket.close();
    });
  }

  /** True once it has begun, and the first cursor is known. */
  get begun(): boolean {
    return this.#cursor !== undefined;
  }

  // The same number again is the same request: when its answer was lost, that comes again and nothing else happens.
  #listen(): void {
    this.#asked ??= this.#request += 1;
    const nonce = 'n'.repeat(22);
    const { p_id, p_key } = this.#session ?? {};
    const fields = this.#session
      ? { p_event: 'listen', p_id, p_key, p_ack: this.#cursor }
      : { p_event: 'join-listen', p_subject: '/a', p_nonce: nonce };
    this.#say({ ...fields, p_req: this.#asked, p_pad: 'x'.repeat(64) });
  }

  #say(fields: Message): void {
    this.socket.send(JSON.stringify({ ...fields, p_token: this.#token }), this.#port, '127.0.0.1');
  }

  #take(message: Message): void {
    const { p_event: event, p_seq: seq } = message;
    if (event === 'challenge') this.#token = String(message['p_token']);
    else if (String(event).endsWith('listen-ack')) this.#opened(message);
    else if (!this.#listening) return;
    else if (event === 'hb') {
      this.#request += 1;
      this.#say({ p_event: 'hb', p_req: this.#request });
      if (Number(seq) > this.#lastSeq) this.#repair();
    } else if (event === 'data' && Number(seq) > this.#lastSeq) this.#item(Number(seq), message);
  }

  #opened(ack: Message): void {
    if (ack['p_req'] !== this.#asked) return;
    this.#session ??= ack;
    this.#cursor ??= ack['p_cur'];
    this.#lastSeq = Number(ack['p_seq']);
    this.#listening = true;
  }

  #item(seq: number, message: Message): void {
    if (seq !== this.#lastSeq + 1) {
      this.#repair();
      return;
    }
    this.#lastSeq = seq;
    this.#cursor = message['p_cur'];
    this.got.push(message['data']);
  }

  #repair(): void {
    this.repairs += 1;
    this.#listening = false;
    this.#asked = undefined;
    this.#listen();
  }
}

describe('over a network that loses, doubles and overtakes', () => {
  it.each([1, 20, 300, 4000])(
    'a reader that asks again gets every event once and in order (seed %i)',
    async (seed) => {
      const { port, hub, server } = await serveUdp({ hub: { heartbeatMs: 100, leaseMs: 60_000 } });
      const reader = new Reader(await badNetwork(port, chances(seed)));
      const total = 150;
      let n = 0;
      const end = performance.now() + 20_000;
      while (!reader.begun && performance.now() < end) await settled(10);
      while (n < total) {
        n += 1;
        hub.publish('/a', n);
        await settled(5);
      }
      while (reader.got.length < total && performance.now() < end) await settled(20);
      expect(reader.got).toEqual(Array.from({ length: total }, (_, index) => index + 1));
      expect(reader.repairs).toBeGreaterThan(0);
      expect(hub.stats().sessions).toBe(1);
      expect(server.size).toBe(1);
    },
    30_000,
  );
});
