import { type ChildProcess, spawn } from 'node:child_process';
import http from 'node:http';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '@cometkit/cli';
import { createHub, createNodeHandler, type NodeHandlerOptions } from '@cometkit/node';
import { attachWebSocket } from '@cometkit/websocket';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';

/** A command that runs in this process, on streams of the test's own. */
export class Typed {
  readonly #stop = new AbortController();
  readonly #stdout = new PassThrough();
  readonly #stderr = new PassThrough();
  out = '';
  err = '';
  /** The exit code. */
  readonly code: Promise<number>;

  constructor(args: readonly string[], { input = '', tty = false, env = {} }: TypedOptions = {}) {
    this.#stdout.on('data', (chunk) => {
      this.out += chunk;
    });
    this.#stderr.on('data', (chunk) => {
      this.err += chunk;
    });
    const stdin = new PassThrough();
    stdin.end(input);
    this.code = run(args, {
      stdin,
      stdout: Object.assign(this.#stdout, { isTTY: tty }),
      stderr: this.#stderr,
      env,
      stop: this.#stop.signal,
    });
  }

  /** Interrupts it. */
  stop(): Promise<number> {
    this.#stop.abort();
    return this.code;
  }

  /** Waits until it has printed something. */
  async until(text: string | RegExp): Promise<this> {
    await eventually(`${text} in: ${this.out}${this.err}`, () =>
      typeof text === 'string' ? `${this.out}${this.err}`.includes(text) : text.test(this.out + this.err),
    );
    return this;
  }
}

/** How a command is run. */
export interface TypedOptions {
  /** The standard input. */
  readonly input?: string;
  readonly tty?: boolean;
  readonly env?: Record<string, string>;
}

/** Runs a command to its end. */
export async function typed(args: readonly string[], options: TypedOptions = {}): Promise<Ended> {
  const command = new Typed(args, options);
  const code = await command.code;
  return { code, out: command.out, err: command.err };
}

/** What a command has left behind. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The compiled program. */
export const program = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

/** Starts the compiled program in a process of its own. */
export function started(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): {
  child: ChildProcess;
  ended: Promise<Ended>;
  printed: () => string;
} {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, ended, printed: () => out + err };
}

/** A server with a hub, for the command line to talk to. */
export interface Served extends DisposableServer {
  readonly hub: ReturnType<typeof createHub>;
}

/** Starts a server at `/push`, with WebSocket unless that is switched off. Clients may publish. */
export async function serve(options: Partial<NodeHandlerOptions> = {}, webSocket = true): Promise<Served> {
  const hub = createHub();
  const authorize = { publish: () => true, ...options.authorize };
  const handler = createNodeHandler(hub, { path: '/push', logger: false, ...options, authorize });
  const httpServer = http.createServer(handler);
  if (webSocket) attachWebSocket(httpServer, handler, { path: '/push' });
  const server = await disposableServer(httpServer);
  const stop = server.close;
  const close = async (): Promise<void> => {
    await handler.close();
    // The pool of a client in this process may keep a connection that it never used.
    httpServer.closeAllConnections();
    await stop();
  };
  return Object.assign(server, { hub, close });
}

/** Everything that a terminal would obey instead of showing it. */
export const hostile = '\u001b]0;title\u0007\u001b[2J\u009b31m\u0008\r\u202e\u2028';

/** Stands in front of a server and puts the hostile text wherever that says `EVIL`. */
export function evilServer(url: string): Promise<DisposableServer> {
  const evil = JSON.stringify(hostile).slice(1, -1);
  return disposableServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET' } = request;
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const asked = {
      method,
      signal: gone.signal,
      ...(method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
    };
    try {
      const answer = await fetch(new URL(request.url ?? '', url), asked);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? [])
        response.write(text.replaceAll('EVIL', evil));
    } catch {
      // The client has gone, or the server.
    }
    response.end();
  });
}

/** The characters of a text that no terminal should get. */
export function hazardsIn(text: string): string[] {
  return [...text].filter((character) => /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/u.test(character) && character !== '\n');
}
