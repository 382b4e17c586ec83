import type http from 'node:http';
import { type Client, type ClientOptions, createClient } from '@cometkit/client';
import { talkOf } from '@cometkit/handler';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type WebSocketClass, webSocket } from '../../packages/client/src/transports/web-socket.ts';
import { eventually } from '../support/eventually.ts';
import { type Served, type ServeOptions, serve } from './kit.ts';

interface Setting extends Served {
  readonly client: Client;
  /** The commands that came as requests. */
  readonly requests: string[];
}

async function setting(
  options: ServeOptions = {},
  given: ClientOptions = {},
  socket = WebSocket as unknown as WebSocketClass,
): Promise<Setting> {
  const served = await serve(options);
  const requests: string[] = [];
  const server: http.Server = served.server.server;
  server.on('request', (request: http.IncomingMessage) => {
    request.on('data', (body) => requests.push((JSON.parse(`${body}`) as { type: string }).type));
  });
  talkOf(served.hub).handle('/echo', ({ data }) => data);
  const client = createClient(served.url, {
    ...given,
    transports: [webSocket(socket)],
  });
  onTestFinished(async () => {
    await client.close();
    server.closeAllConnections();
  });
  await eventually('it is open', () => client.state === 'open');
  return { ...served, client, requests };
}

describe('commands of the client over WebSocket', () => {
  it('sends messages and requests on the socket, and what else it asks for over HTTP', async () => {
    const { client, requests } = await setting();
    const got: unknown[] = [];
    const subscription = client.subscribe('/a');
    subscription.on(({ data }) => got.push(data));
    await subscription.ready;
    for (const n of [1, 2, 3]) {
      await client.publish('/a', n);
      expect(await client.request('/echo', n)).toBe(n);
    }
    await eventually('all of them', () => got.length === 3);
    expect(got).toEqual([1, 2, 3]);
    expect(requests.filter((type) => type === 'publish' || type === 'request')).toEqual([]);
    expect(requests).toContain('subscribe');
  });

  it('answers many that are asked at once, each with its own', async () => {
    const { client } = await setting();
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => client.request('/echo', n)))).toEqual(numbers);
  });

  it('sends what is asked in one turn as one message, of which each has its own answer', async () => {
    const sent: string[] = [];
    class Watched extends WebSocket {
      override send(text: string): void {
        sent.push((JSON.parse(text) as { type: string }).type);
        super.send(text);
      }
    }
    const { client, hub } = await setting(
      { handler: { authorize: { publish: ({ subject }) => subject !== '/no' } } },
      {},
      Watched as unknown as WebSocketClass,
    );
    const heard: unknown[] = [];
    talkOf(hub).on('/a', ({ data }) => heard.push(data));
    sent.length = 0;
    const said = await Promise.allSettled([
      client.publish('/a', 1),
      client.request('/echo', 2),
      client.publish('/no', 3),
      client.request('/nobody', 4),
      client.publish('/a', 5),
      client.request('/echo', 6),
    ]);
    expect(said.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.serverCode))).toEqual([
      undefined,
      2,
      'not-authorized',
      'no-handler',
      undefined,
      6,
    ]);
    expect([heard, sent]).toEqual([[1, 5], ['batch']]);
  });

  it('sends them over HTTP where it has headers, which a message cannot have', async () => {
    const { client, requests } = await setting({}, { headers: { 'x-tenant': 'a' } });
    expect(await client.request('/echo', 1)).toBe(1);
    expect(requests).toContain('request');
  });

  it('tells what is refused as over HTTP', async () => {
    const { client } = await setting({ handler: { authorize: { publish: () => false } } });
    await expect(client.publish('/a', 1)).rejects.toMatchObject({
      code: 'refused',
      serverCode: 'not-authorized',
    });
    await expect(client.request('/nobody', 1)).rejects.toMatchObject({
      code: 'refused',
      serverCode: 'no-handler',
    });
    expect(await client.request('/echo', 1)).toBe(1);
  });

  it('sends over HTTP what ended a socket by its length, once, and later only shorter ones on the next', async () => {
    const { client, hub, requests } = await setting({ socket: { maxPayload: 1024 } });
    const heard: unknown[] = [];
    talkOf(hub).on('/a', ({ data }) => heard.push(data));
    const long = 'x'.repeat(2000);
    await client.publish('/a', long);
    expect(heard).toEqual([long]);
    expect(requests.filter((type) => type === 'publish')).toHaveLength(1);
    await eventually('it is open again', () => client.state === 'open');
    await client.publish('/a', 'short');
    await client.publish('/a', long);
    expect(heard).toEqual([long, 'short', long]);
    expect(requests.filter((type) => type === 'publish')).toHaveLength(2);
  }, 20_000);

  it('gives the answer of one that was given up to nobody else', async () => {
    const { client, hub } = await setting();
    let answer: (value: string) => void = () => undefined;
    talkOf(hub).handle('/slow', () => new Promise((resolve) => (answer = resolve)));
    const giveUp = new AbortController();
    const slow = client.request('/slow', 1, { signal: giveUp.signal });
    await eventually('it runs', () => answer.length === 1);
    giveUp.abort('enough');
    await expect(slow).rejects.toBe('enough');
    answer('late');
    expect(await client.request('/echo', 'mine')).toBe('mine');
  });
});
