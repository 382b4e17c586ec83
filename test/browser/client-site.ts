import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Comet, type CometOptions, comet } from '@cometkit/express';
import { attachWebSocket, type WebSocketAttachment } from '@cometkit/websocket';
import { build } from 'esbuild';
import express from 'express';
import type { Accepted } from '../sim/oracle.ts';
import type { PageRecord } from './client-page.ts';

// The client as pages get it.
const clientFiles = fileURLToPath(new URL('../../packages/client/dist/browser', import.meta.url));
const served: Record<string, string> = {
  '@cometkit/client': '/client/cometkit.js',
  '@cometkit/client/transports': '/client/transports.js',
  '@cometkit/client/shared': '/client/shared.js',
};
let bundled: Promise<string> | undefined;

/** A site with a page that receives, and a record of what was published. */
export class ClientSite {
  readonly push: Comet;
  readonly accepted: Accepted[] = [];
  /** What a page that reports by itself has seen. */
  report: PageRecord | undefined;
  /** How often the other page was asked for. */
  others = 0;
  readonly #server: Server;
  readonly #webSockets: WebSocketAttachment;
  readonly #sockets = new Set<Socket>();

  private constructor(script: string, options: CometOptions) {
    this.push = comet({
      authorize: { publish: true },
      longPollWaitMs: { min: 0, max: 20 },
      pollWaitMs: { min: 100, max: 200 },
      ...options,
    });
    const app = express();
    app.use('/push', this.push);
    app.use('/client', express.static(clientFiles));
    app.get('/page.js', (_request, response) => void response.type('js').send(script));
    app.get(
      '/back.js',
      (_request, response) => void response.type('js').send('setTimeout(() => history.back(), 800);'),
    );
    app.post('/report', express.json({ limit: '1mb' }), (request, response) => {
      this.report = request.body as PageRecord;
      response.sendStatus(204);
    });
    app.get(['/', '/other'], (request, response) => {
      if (request.path === '/other') this.others += 1;
      const script = request.path === '/' ? 'page' : 'back';
      const body =
        request.url === '/other' ? 'another page' : `<script type="module" src="/${script}.js"></script>`;
      response
        .type('html')
        .send(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><body>${body}</body></html>`);
    });
    this.#server = createServer(app);
    this.#webSockets = attachWebSocket(this.#server, this.push);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: CometOptions = {}): Promise<ClientSite> {
    bundled ??= bundle();
    const site = new ClientSite(await bundled, options);
    await new Promise<void>((resolve) => site.#server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get epoch(): string {
    return this.push.hub.cursor().split('-')[0] ?? '';
  }

  /** Publishes the next numbers. */
  publish(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const id = this.accepted.length + 1;
      const { cursor, subject } = this.push.publish('/a/x', id);
      this.accepted.push({ id, cursor, subject });
    }
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    await this.push.close();
    await this.#webSockets.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

// The page's own program; the client it loads.
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./client-page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    plugins: [
      {
        name: 'client-of-the-page',
        setup(builder) {
          builder.onResolve({ filter: /^@cometkit\// }, ({ path }) => ({
            path: served[path] ?? path,
            external: true,
          }));
        },
      },
    ],
  });
  return outputFiles?.[0]?.text ?? '';
}
