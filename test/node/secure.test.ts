import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '@cometkit/client';
import { eventSource } from '@cometkit/client/transports';
import { createHub, createNodeHandler, type NodeHandler } from '@cometkit/node';
import type { RequestServer } from '@cometkit/node/adapter';
import { eventually } from '@cometkit/testkit';
import { EventSource } from 'eventsource';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fetch, fetchOverHttp2, fetchOverTls, serverSecrets } from './secure-kit.ts';

const roads: readonly (readonly [string, 'http' | 'https', 1 | 2, () => RequestServer])[] = [
  ['HTTP/1.1 over TLS', 'https', 1, () => https.createServer(serverSecrets)],
  ['HTTP/2', 'http', 2, () => http2.createServer()],
  ['HTTP/2 over TLS', 'https', 2, () => http2.createSecureServer(serverSecrets)],
  [
    'HTTP/1.1 on a server of HTTP/2',
    'https',
    1,
    () => http2.createSecureServer({ ...serverSecrets, allowHTTP1: true }),
  ],
];
const ways = ['mounted', 'attached'] as const;
const stages = roads.flatMap(([name, ...road]) =>
  ways.map((way) => [`${name}, ${way}`, way, ...road] as const),
);

describe.each(stages)('%s', (_name, way, scheme, version, make) => {
  const seen: unknown[] = [];
  let push: NodeHandler;
  let server: RequestServer;
  let address: string;
  let fetch: Fetch;
  let closeFetch: () => void;
  let client: Client | undefined;

  beforeEach(async () => {
    const join = ({ request }: { request: { secure: boolean; address: string } }) =>
      seen.push([request.secure, request.address]) > 0;
    push = createNodeHandler(createHub({ heartbeatMs: 300 }), {
      path: '/push',
      authorize: { join, publish: true },
    });
    server = make();
    if (way === 'attached') push.attach(server);
    else server.on('request', push as never);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    address = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const made = version === 2 ? fetchOverHttp2(address) : { fetch: fetchOverTls(), close: () => undefined };
    fetch = made.fetch;
    closeFetch = made.close;
  });

  afterEach(async () => {
    client?.close();
    await push.close();
    closeFetch();
    const closed = new Promise((resolve) => server.close(resolve));
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  });

  class Source extends EventSource {
    constructor(url: string, options?: object) {
      super(url, { ...options, fetch: fetch as never });
    }
  }

  it.each(['stream', 'sse', 'long poll'])('carries events in their order and commands: %s', async (kind) => {
    const transport = {
      stream: 'stream',
      sse: eventSource(Source as never),
      'long poll': 'long-poll',
    } as const;
    client = createClient(`${address}/push`, {
      runtime: { fetch: fetch as never },
      transports: [transport[kind as keyof typeof transport]],
    });
    const got: unknown[] = [];
    const subscription = client.subscribe('/n');
    subscription.on(({ data }) => {
      got.push(data);
    });
    await subscription.ready;
    for (let n = 0; n < 100; n += 1) {
      push.hub.publish('/n', n);
      if (n % 30 === 0) await eventually('the event is there', () => got.at(-1) === n);
    }
    await client.publish('/n', 'mine');
    await eventually('all are there', () => got.at(-1) === 'mine');
    expect(got).toEqual([...Array.from({ length: 100 }, (_, n) => n), 'mine']);
    expect(seen.at(-1)).toEqual([scheme === 'https', '127.0.0.1']);
    client.close();
    await eventually('the channel is released', () => push.hub.stats().attached === 0);
  });
});
