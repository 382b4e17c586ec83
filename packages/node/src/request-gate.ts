import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import { splitUrl, type Target } from '@cometkit/handler';
import type { NodeRequest } from './request.ts';
import { notFound } from './response.ts';

/** A server whose requests can be taken before its listeners get them. */
export type RequestServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** Takes a request that asks for one of our paths. */
export type TakeRequest = (request: NodeRequest, response: ServerResponse, target: Target) => void;

type Emit = (event: string | symbol, ...given: unknown[]) => boolean;

/** What the gate needs of a server, of whichever kind. */
interface Emitter {
  emit: Emit;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

/**
 * Where all our paths on a server branch off, before any listener: what is not ours goes to those as if nothing were here.
 *
 * It stands in the place of the server's `emit`, for a listener can neither keep a request from the others nor know those
 * that are added later. When the server has no listener, what is not ours is answered 404, for it would hang for ever.
 */
class RequestGate {
  readonly #server: Emitter;
  readonly #paths = new Map<string, TakeRequest>();
  #installed: Emit | undefined = undefined;
  #putBack: () => void = nothing;

  constructor(server: RequestServer) {
    this.#server = server as unknown as Emitter;
  }

  claim(path: string, take: TakeRequest): () => void {
    const name = trimmed(path);
    if (this.#paths.has(name)) throw new TypeError(`the path "${name}" is attached to this server already`);
    if (this.#installed === undefined) this.#install();
    this.#paths.set(name, take);
    return () => {
      if (this.#paths.get(name) !== take) return;
      this.#paths.delete(name);
      if (this.#paths.size === 0) this.#remove();
    };
  }

  #install(): void {
    const server = this.#server;
    const inherited = !Object.hasOwn(server, 'emit');
    const { emit } = server;
    const installed: Emit = (event, ...given) => {
      const [request, response] = given as [NodeRequest, ServerResponse];
      const asks = event === 'request' || event === 'checkContinue';
      if (asks && this.#takes(event, request, response)) return true;
      const heard: boolean = Reflect.apply(emit, server, [event, ...given]);
      if (!heard && event === 'request' && this.#paths.size > 0) notFound(response);
      return heard;
    };
    this.#installed = installed;
    this.#putBack = () => {
      if (inherited) Reflect.deleteProperty(server, 'emit');
      else server.emit = emit;
    };
    server.emit = installed;
    // A server of HTTP/2 makes no requests of its streams before somebody has listened for them.
    server.on('request', nothing);
    server.off('request', nothing);
  }

  // Where somebody has wrapped it meanwhile it stays, and lets everything through.
  #remove(): void {
    if (this.#server.emit !== this.#installed) return;
    this.#installed = undefined;
    this.#putBack();
  }

  #takes(event: string, request: NodeRequest, response: ServerResponse): boolean {
    const target = splitUrl(request.url ?? '');
    const take = this.#paths.get(trimmed(target.path));
    if (take === undefined) return false;
    if (event === 'checkContinue') response.writeContinue();
    take(request, response, target);
    return true;
  }
}

const gates = new WeakMap<RequestServer, RequestGate>();

/**
 * Claims a path of a server.
 *
 * @returns what gives it back; once the last path is given back, the server is as it was.
 * @throws TypeError — it is claimed already.
 */
export function claimRequests(server: RequestServer, path: string, take: TakeRequest): () => void {
  const gate = gates.get(server) ?? new RequestGate(server);
  gates.set(server, gate);
  return gate.claim(path, take);
}

function trimmed(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function nothing(): undefined {
  return undefined;
}
