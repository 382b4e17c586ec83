import http from 'node:http';
import { createPureHub } from '@cometkit/core';
import { createFetchHandler, type Hub } from '@cometkit/fetch';
import { createNodeHandler } from '@cometkit/node';
import { manualRuntime, openStream, type StartedServer, send, urlOf } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { listen } from '../support/listen.ts';
import { serveFetch } from './serve.ts';

type Start = (hub: Hub, runtime: ReturnType<typeof manualRuntime>) => http.Server;

const starts: readonly Start[] = [
  (hub, runtime) => serveFetch(createFetchHandler(hub, { runtime })),
  (hub, runtime) => http.createServer(createNodeHandler(hub, { runtime })),
];
// Of the server, not of the answer; and a list that one of the two writes as several lines.
const left = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

function plain(headers: http.IncomingHttpHeaders): Record<string, unknown> {
  const kept = Object.entries(headers).filter(([name]) => !left.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, [value].flat().join(', ')]));
}

/** Plays the same on both adapters, with ids and times that do not differ, and gives what each has sent. */
async function both(
  play: (server: StartedServer, hub: Hub, turn: () => void) => Promise<unknown>,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const start of starts) {
    const runtime = manualRuntime();
    const hub = createPureHub(runtime);
    const server = await listen(start(hub, runtime), '/push');
    seen.push(await play(server, hub, () => runtime.turn()));
    hub.close();
    await server.close();
  }
  return seen;
}

describe('the fetch adapter, beside that of node:http', () => {
  it.each([
    ['GET', '?p_event=join'],
    ['GET', '?type=join&format=ndjson'],
    ['GET', '?p_event=join&p_format=xml-strict'],
    ['GET', '?p_event=refresh&p_id=nobody&p_format=json'],
    ['GET', ''],
    ['HEAD', '?p_event=join'],
    ['OPTIONS', ''],
    ['PUT', ''],
  ])('answers %s %s with the same headers and bytes', async (method, query) => {
    const [one, other] = await both(async ({ url }) => {
      const { status, headers, body } = await send(url + query, { method });
      return { status, headers: plain(headers), body };
    });
    expect(one).toEqual(other);
  });

  it.each(['js', 'xml', 'xml-strict', 'json', 'ndjson', 'sse'])(
    'streams %s in the same bytes',
    async (format) => {
      const [one, other] = await both(async ({ url }, hub, turn) => {
        const stream = await openStream(urlOf({ hub, url }, { type: 'join-listen', subject: '/a', format }));
        await stream.until('join-listen-ack');
        for (const n of [1, 2, 3]) hub.publish('/a', { text: `Grüße ${n}` });
        turn();
        hub.close();
        return { headers: plain(stream.headers), body: await stream.rest() };
      });
      expect(one).toEqual(other);
      expect(JSON.stringify(one)).toContain('3');
    },
  );
});
