import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type Peer, splitUrl } from '@cometkit/handler';
import type { WebSocketSettings } from './options.ts';

/** Who asked for a WebSocket. */
export class WebSocketPeer implements Peer<IncomingMessage> {
  readonly native: IncomingMessage;
  readonly address: string;
  readonly #settings: WebSocketSettings;

  constructor(request: IncomingMessage, settings: WebSocketSettings) {
    this.native = request;
    this.address = settings.address(request);
    this.#settings = settings;
  }

  get path(): string {
    return this.#settings.path;
  }

  get query(): string {
    return splitUrl(this.native.url ?? '').query;
  }

  get host(): string | undefined {
    return this.#settings.host(this.native);
  }

  get secure(): boolean {
    return (this.native.socket as TLSSocket).encrypted === true;
  }

  header(name: string): string | undefined {
    const { headers } = this.native;
    const key = name.toLowerCase();
    const value = Object.hasOwn(headers, key) ? headers[key] : undefined;
    return Array.isArray(value) ? value.join(', ') : value;
  }
}
