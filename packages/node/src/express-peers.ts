import type { IncomingMessage } from 'node:http';
import { addressOf, hostOf, isSecure, type RequestPeers, type SeenRequest } from './peer.ts';

/** What is needed of an Express app: its settings, and the prototype of its requests, which reads them. */
export interface ExpressApp {
  get(setting: string): unknown;
  readonly request: object;
}

/** Something whose listeners may be an Express app. */
interface Listened {
  listeners(event: 'request'): readonly unknown[];
}

/** Returns whether something is an Express app. */
export function isExpressApp(given: unknown): given is ExpressApp {
  if (typeof given !== 'function') return false;
  const { request, get } = given as unknown as Partial<ExpressApp>;
  return typeof request === 'object' && request !== null && typeof get === 'function';
}

/**
 * Clients as the Express app of a server sees them, for requests that never reach it: `trust proxy` counts as it does there.
 *
 * The settings are read by the app's own request, so that they mean the same in every version of Express.
 */
export class ExpressPeers implements Required<RequestPeers> {
  readonly #server: Listened;
  #app: ExpressApp | undefined;

  /** @param app - the app; looked for among the listeners of the server when it is not given. */
  constructor(server: Listened, app: ExpressApp | undefined) {
    this.#server = server;
    this.#app = app;
  }

  readonly address = (request: IncomingMessage): string => addressOf(this.#seen(request));
  readonly host = (request: IncomingMessage): string | undefined => hostOf(this.#seen(request));
  readonly secure = (request: IncomingMessage): boolean => isSecure(this.#seen(request));

  #seen(request: IncomingMessage): SeenRequest {
    // It may be added to the server after us.
    this.#app ??= this.#server.listeners('request').find(isExpressApp);
    const app = this.#app;
    if (app === undefined || !app.get('trust proxy')) return request;
    const { headers, socket } = request;
    return Object.create(app.request, {
      headers: { value: headers },
      socket: { value: socket },
      connection: { value: socket },
    }) as SeenRequest;
  }
}
