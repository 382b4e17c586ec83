import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findJdk } from '../classic/kit/java.ts';
import { badNetwork, chances } from './bad-network.ts';
import { type Message, serveUdp, settled } from './kit.ts';

const program = fileURLToPath(new URL('../../examples/sockets/java/DatagramReader.java', import.meta.url));
const jdk = findJdk();

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
    const { session, key } = this.#session ?? {};
    const fields = this.#session
      ? { type: 'listen', session, key, ack: this.#cursor }
      : { type: 'join-listen', subject: '/a', nonce: nonce };
    this.#say({ ...fields, requestId: this.#asked, padding: 'x'.repeat(64) });
  }

  #say(fields: Message): void {
    this.socket.send(JSON.stringify({ ...fields, token: this.#token }), this.#port, '127.0.0.1');
  }

  #take(message: Message): void {
    const { type: event, seq } = message;
    if (event === 'challenge') this.#token = String(message['token']);
    else if (String(event).endsWith('listen-ack')) this.#opened(message);
    else if (!this.#listening) return;
    else if (event === 'heartbeat') {
      this.#say({ type: 'heartbeat' });
      if (Number(seq) > this.#lastSeq) this.#repair();
    } else if (event === 'data' && Number(seq) > this.#lastSeq) this.#item(Number(seq), message);
  }

  #opened(ack: Message): void {
    if (ack['requestId'] !== this.#asked) return;
    this.#session ??= ack;
    this.#cursor ??= ack['cursor'];
    this.#lastSeq = Number(ack['seq']);
    this.#listening = true;
  }

  #item(seq: number, message: Message): void {
    if (seq !== this.#lastSeq + 1) {
      this.#repair();
      return;
    }
    this.#lastSeq = seq;
    this.#cursor = message['cursor'];
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

  it.skipIf(jdk === undefined)(
    'the Java program of the example does too',
    async () => {
      const { port, hub } = await serveUdp({ hub: { heartbeatMs: 60, leaseMs: 60_000 } });
      // Heartbeats so dense that some come while a listen is asked for again.
      const near = await badNetwork(port, chances(1), 0.25);
      const child = spawn(jdk?.java ?? 'java', [program, '127.0.0.1', String(near), '/a']);
      onTestFinished(() => void child.kill('SIGKILL'));
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      const numbers = () => [...output.matchAll(/^\/a (\d+)$/gm)].map(([, n]) => Number(n));
      const total = 40;
      const end = performance.now() + 50_000;
      while (!output.includes('joined') && performance.now() < end) await settled(50);
      for (let n = 1; n <= total; n += 1) {
        hub.publish('/a', n);
        await settled(10);
      }
      while (numbers().at(-1) !== total && performance.now() < end) await settled(50);
      expect(numbers()).toEqual(Array.from({ length: total }, (_, index) => index + 1));
      expect(output).toContain('asking again');
    },
    60_000,
  );
});
