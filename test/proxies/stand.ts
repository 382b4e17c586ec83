import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { type Client, type ClientOptions, createClient } from '@cometkit/client';
import { WebSocket } from 'ws';
import { type WebSocketClass, webSocket } from '../../packages/client/src/transports.ts';
import { type Fetch, fetchOverHttp2, fetchOverTls } from '../node/secure-kit.ts';
import { eventually } from '../support/eventually.ts';
import { unusedPort } from '../support/unused-port.ts';
import { Origin } from './origin.ts';
import type { ProxyProgram } from './programs.ts';

/** Clients come from here, so that their address is not that of the proxy. Linux alone has more than one loopback address. */
export const clientAddress = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';

const certificateLine =
  'req -x509 -newkey rsa:2048 -nodes -keyout privkey.pem -out fullchain.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost';

/** Says whether a proxy cannot be had, in one line on the output then; under CI=true it must be there. */
export function skipsProxy({ env, file }: ProxyProgram): boolean {
  const skip = env.replace('_PATH', '');
  const optedOut = process.env[`SKIP_${skip}`] !== undefined;
  if (process.env[env] !== undefined && !optedOut) return false;
  if (process.env['CI'] === 'true' && !optedOut) return false;
  process.stdout.write(
    `No ${skip.toLowerCase()}: examples/proxies/${file} is not tried. Name one with ${env}.\n`,
  );
  return true;
}

/** A server, a proxy in front of it that runs its example file, and clients that come through it. */
export class Stand {
  readonly origin: Origin;
  readonly url: string;
  /** The file with the certificate that the proxy shows. */
  readonly authority: string;
  readonly #proxy: ChildProcess;
  readonly #folder: string;
  readonly #secrets: ConnectionOptions;
  readonly #clients: Client[] = [];
  readonly #http2: { close(): void }[] = [];
  readonly #program: ProxyProgram;

  private constructor(program: ProxyProgram, origin: Origin, port: number) {
    this.#program = program;
    this.origin = origin;
    // Proxies that give up root must reach their folder.
    this.#folder = mkdtempSync(join(tmpdir(), 'cometkit-proxy-'));
    chmodSync(this.#folder, 0o755);
    execFileSync('openssl', certificateLine.split(' '), { cwd: this.#folder, stdio: 'ignore' });
    this.authority = join(this.#folder, 'fullchain.pem');
    this.#secrets = { ca: readFileSync(this.authority) };
    this.url = `${program.tls ? 'https' : 'http'}://localhost:${port}`;
    const args = program.prepare({ folder: this.#folder, port, upstream: origin.port });
    const env = { ...process.env, HOME: this.#folder, XDG_DATA_HOME: this.#folder };
    this.#proxy = spawn(process.env[program.env] ?? program.env, args, {
      cwd: this.#folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Starts both. @throws the proxy does not serve in time, with what it said. */
  static async start(program: ProxyProgram): Promise<Stand> {
    const stand = new Stand(program, await Origin.start(), await unusedPort());
    let said = '';
    stand.#proxy.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    stand.#proxy.on('error', (error) => {
      said += error.message;
    });
    // A connection of HTTP/2 that comes before the proxy listens stays broken.
    const fetch = stand.fetchOverHttp1();
    const served = () =>
      fetch(`${stand.url}/nothing`, { signal: AbortSignal.timeout(2000) }).then(
        ({ status }) => status === 404,
        () => false,
      );
    await eventually(program.file, served, 30_000).catch(async (error: Error) => {
      await stand.close();
      throw new Error(`${error.message}\n${said}`);
    });
    return stand;
  }

  /** Requests through the proxy, over HTTP/2 where it speaks that. */
  fetch(): Fetch {
    if (!this.#program.tls) return fetchOverPlain;
    const { fetch, close } = fetchOverHttp2(this.url, this.#own());
    this.#http2.push({ close });
    return fetch;
  }

  /** The same over HTTP/1.1. */
  fetchOverHttp1(): Fetch {
    return this.#program.tls ? fetchOverTls(this.#own()) : fetchOverPlain;
  }

  /** A client through the proxy. */
  client(transport: 'stream' | 'long-poll' | 'web-socket'): Client {
    const transports: ClientOptions['transports'] =
      transport === 'web-socket' ? [webSocket(this.#webSocketClass())] : [transport];
    const client = createClient(`${this.url}/push`, {
      transports,
      runtime: { fetch: this.fetch() as never },
    });
    client.on('error', () => undefined);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    for (const one of this.#http2) one.close();
    const ended = new Promise((resolve) => this.#proxy.once('exit', resolve));
    if (this.#proxy.exitCode === null && this.#proxy.pid !== undefined) {
      this.#proxy.kill('SIGTERM');
      const late = setTimeout(() => this.#proxy.kill('SIGKILL'), 2000);
      await ended;
      clearTimeout(late);
    }
    await this.origin.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #own(): ConnectionOptions {
    return { ...this.#secrets, localAddress: clientAddress } as ConnectionOptions;
  }

  #webSocketClass(): WebSocketClass {
    const options = this.#own();
    return class extends WebSocket {
      constructor(url: string) {
        super(url, options);
      }
    } as unknown as WebSocketClass;
  }
}

const fetchOverPlain: Fetch = (url, init = {}) =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers, body, signal } = init;
    const request = http.request(url, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      agent: false,
      localAddress: clientAddress,
      ...(signal && { signal }),
    });
    request.on('response', (response) => resolve(toResponse(response)));
    request.on('error', reject);
    request.end(body == null ? undefined : String(body));
  });

function toResponse(response: http.IncomingMessage): Response {
  response.on('error', () => undefined);
  const body = Readable.toWeb(response) as ReadableStream;
  return new Response(body, {
    status: response.statusCode ?? 0,
    headers: response.headers as Record<string, string>,
  });
}
