import { type Client, type ClientOptions, createClient, type TransportName } from '@cometkit/client';
import { type WebSocketClass, webSocket } from '@cometkit/client/transports';
import { WebSocket } from 'ws';

/** The transports that the command line can use. */
export const transportNames: readonly TransportName[] = ['stream', 'long-poll', 'poll', 'web-socket'];

/** Options of every command that is a client. */
export interface ConnectionOptions {
  readonly header?: Readonly<Record<string, string>>;
  readonly transport?: TransportName;
}

/** Makes a WebSocket class that sends headers, which the one of browsers cannot. */
function webSocketWith(headers: Readonly<Record<string, string>>): WebSocketClass {
  return class extends WebSocket {
    constructor(url: string) {
      super(url, { headers, perMessageDeflate: false });
    }
  } as unknown as WebSocketClass;
}

/**
 * Connects a client.
 *
 * @throws TypeError — a header cannot be sent.
 */
export function connect(
  url: URL,
  { header = {}, transport }: ConnectionOptions,
  more: ClientOptions = {},
): Client {
  const asked = transport === 'web-socket' ? webSocket(webSocketWith(header)) : transport;
  const transports = asked === undefined ? {} : { transports: [asked] as ClientOptions['transports'] };
  return createClient(url.href, { headers: header, ...transports, ...more });
}
