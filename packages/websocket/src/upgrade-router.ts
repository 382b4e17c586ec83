import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { splitUrl } from '@cometkit/handler';

/** A server whose connections can be upgraded. */
export type UpgradeServer = HttpServer | HttpsServer;

/** Takes a request that asks for one of our paths. */
export type Admission = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

const titles: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

/**
 * Routes upgrade requests by path: one listener per server, shared by all our paths.
 *
 * Upgrades for other paths are left to other listeners. Without any, they get a 404, since an unanswered upgrade hangs; and a
 * request that offers another protocol than WebSocket, such as `h2c`, is served as if it had not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-upgrade
 */
class UpgradeRouter {
  readonly #server: UpgradeServer;
  readonly #paths = new Map<string, Admission>();
  readonly #onUpgrade: Admission = (request, stream, head) => {
    const wanted = isWebSocket(request);
    const admission = wanted ? this.#paths.get(pathOf(request.url ?? '')) : undefined;
    if (admission !== undefined) admission(request, stream, head);
    else if (this.#server.listenerCount('upgrade') > 1) return;
    else if (wanted) refuse(stream, 404);
    else serveAnyway(this.#server, request, stream);
  };

  constructor(server: UpgradeServer) {
    this.#server = server;
  }

  claim(path: string, admission: Admission): () => void {
    if (this.#paths.has(path)) throw new TypeError(`the path "${path}" is served over WebSocket already`);
    if (this.#paths.size === 0) this.#server.on('upgrade', this.#onUpgrade);
    this.#paths.set(path, admission);
    return () => {
      this.#paths.delete(path);
      if (this.#paths.size === 0) this.#server.off('upgrade', this.#onUpgrade);
    };
  }
}

const routers = new WeakMap<UpgradeServer, UpgradeRouter>();

/**
 * Routes the upgrades of one path to an admission function.
 *
 * @returns a function that releases the path.
 * @throws {TypeError} the path is already served.
 */
export function claimPath(server: UpgradeServer, path: string, admission: Admission): () => void {
  const router = routers.get(server) ?? new UpgradeRouter(server);
  routers.set(server, router);
  return router.claim(path, admission);
}

/** Answers an upgrade with a status of HTTP, and ends the connection. */
export function refuse(stream: Duplex, status: number): void {
  stream.on('error', () => undefined);
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status} ${titles.get(status) ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? '').split(',').some((name) => name.trim().toLowerCase() === 'websocket');
}

// Node has taken the parser off the connection, so a body could not be read, and there is no next request on it.
function serveAnyway(server: UpgradeServer, request: IncomingMessage, stream: Duplex): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length !== '0' || encoding !== undefined) {
    refuse(stream, 400);
    return;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(stream as Socket);
  stream.on('error', () => undefined);
  response.once('finish', () => stream.end());
  server.emit('request', request, response);
}

// A target such as `//host/path` stays a path; a URL parser would read `host` as the host.
function pathOf(target: string): string {
  const { path } = splitUrl(target);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
