import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@cometkit/client';
import { createHub, createNodeHandler } from '@cometkit/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { acknowledging, standingFaults } from '../../bench/lib/acknowledging.mjs';
import { Generator, prepareGenerator } from '../../bench/lib/generator.mjs';
import { faultOf } from '../../bench/lib/trial.mjs';
import { ownClient } from '../../bench/systems/own-client.mjs';
import { build } from '../../scripts/workspace.mjs';
import { marker } from './lying-server.ts';

const native = prepareGenerator(() => undefined);
const inJavaScript = prepareGenerator(() => undefined, 'js');
const generators = native.kind === 'C' ? [native, inJavaScript] : [inJavaScript];

const post = (body: string) =>
  `POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: <<#>>\r\n\r\n${body}`;
const client = {
  steps: [{ text: 'GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n', expect: 'listen-ack' }],
  acknowledge: {
    greeting: post('hello from <<i>>'),
    text: post('<<i>> has <<newest>>'),
    newest: ['"at":"', '"'],
  },
};

let server: Server | undefined;
let load: Generator | undefined;

afterEach(() => {
  load?.stop();
  server?.closeAllConnections();
  server?.close();
});

async function portOf(opened: Server): Promise<number> {
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  return (opened.address() as AddressInfo).port;
}

/** Gives everybody the numbers 1 to 3 as soon as the client has greeted, and takes down what is said, and on which connection. */
async function openListener(said: Map<string, number>, answer: 'all' | 'none' | 'refuse' = 'all') {
  const streams: import('node:http').ServerResponse[] = [];
  return portOf(
    createServer(async (request, response) => {
      if (request.url === '/stream') {
        streams.push(response);
        response.write('listen-ack "at":"start"');
        return;
      }
      let body = '';
      for await (const piece of request) body += piece;
      said.set(body, request.socket.remotePort ?? 0);
      const greeted = body.startsWith('hello');
      if (greeted || answer === 'all') response.end('{}');
      else if (answer === 'none') request.socket.destroy();
      else response.writeHead(410).end();
      if (!greeted) return;
      for (const number of [1, 2, 3]) streams.at(-1)?.write(`${marker(0, number)} "at":"c${number}" "at":"c`);
    }),
  );
}

describe.each(generators.map((generator) => [generator.kind, generator] as const))(
  'a client that acknowledges, of the generator in %s',
  (_kind, generator) => {
    const start = (port: number, settings: Record<string, number> = {}) => {
      load = new Generator(generator, {
        port,
        client,
        connections: 1,
        grace: 500,
        'acknowledge-ms': 50,
        ...settings,
      });
      return load;
    };

    it('greets, and acknowledges the newest that came whole, once, on one second connection', async () => {
      const said = new Map<string, number>();
      const running = start(await openListener(said));
      await running.ready();
      // One that never comes: so the account waits until the acknowledgement has left.
      const report = await running.report(4);
      expect([...said.keys()]).toEqual(['hello from 0', '0 has c3']);
      expect(new Set(said.values()).size).toBe(1);
      expect(report).toMatchObject({ received: 3, lost: 1, ended: 0, acknowledged: 2, unanswered: 0 });
    });

    it('counts an acknowledgement that gets no answer as a fault', async () => {
      const running = start(await openListener(new Map(), 'none'));
      await running.ready();
      const report = await running.report(4);
      expect(report).toMatchObject({ unanswered: 1 });
      expect(faultOf(report)).toContain('1 acknowledgements without an answer');
    });

    it('fails when an acknowledgement is refused', async () => {
      const running = start(await openListener(new Map(), 'refuse'));
      await running.ready();
      await expect(running.report(4)).rejects.toThrow('the server refused');
    });
  },
);

describe('the script of an acknowledging client', () => {
  it('says what the own client says', async () => {
    const [own, script] = [await requestsOfOwnClient(), requestsOfScript()];
    expect([...script.keys()].sort()).toEqual(['ack', 'heartbeat', 'join', 'listen', 'subscribe']);
    for (const [type, names] of script) expect({ type, names: own.get(type) }).toEqual({ type, names });
  }, 30_000);
});

type Requests = Map<string, readonly string[]>;

function note(requests: Requests, body: string) {
  const { type, probe: _, ...fields } = JSON.parse(body);
  requests.set(type, Object.keys(fields).sort());
}

/** The names of the fields of each of its commands, until it has acknowledged. */
async function requestsOfOwnClient(): Promise<Requests> {
  const requests: Requests = new Map();
  const hub = createHub();
  const push = createNodeHandler(hub, { path: '/push' });
  const port = await portOf(
    createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        note(requests, body);
      });
      push(request, response);
    }),
  );
  const opened = createClient(`http://127.0.0.1:${port}/push`, { transports: ['stream'] });
  const subscription = opened.subscribe('/bench/0');
  subscription.on(() => undefined);
  await subscription.ready;
  await vi.waitFor(() => expect([...requests.keys()]).toContain('heartbeat'), 10_000);
  hub.publish('/bench/0', {});
  await vi.waitFor(() => expect([...requests.keys()]).toContain('ack'), 10_000);
  opened.close();
  return requests;
}

function requestsOfScript(): Requests {
  const requests: Requests = new Map();
  const { steps, acknowledge } = ownClient('ndjson');
  const texts = [...steps.map(({ text }) => text), acknowledge.greeting, acknowledge.text];
  for (const text of texts) note(requests, text.split('\r\n\r\n')[1] ?? '');
  return requests;
}

describe('the workload of clients that acknowledge', () => {
  it('is wrong when the server gives them less time than they take', async () => {
    if (!build()) throw new Error('the packages do not build');
    const url = new URL('../../bench/systems/cometkit.mjs', import.meta.url).href;
    const system = { group: 'ours', name: 'impatient', url, options: { host: 'http', way: 'ndjson' } };
    const context = { quick: true, profile: false, say: () => undefined, generatorFor: () => native };
    const outcome = await acknowledging(context, system, {
      ...{ connections: 5, rate: 20, acknowledgeMs: 100, warmUpMs: 1000, measureMs: 400 },
      hub: { ackTimeoutMs: 50 },
    });
    expect(outcome.faults).toContain('0 of 5 sessions are grouped at the end');
    expect(outcome.faults).toContainEqual(expect.stringContaining('5 ended'));
  }, 90_000);
});

describe('what sessions that acknowledge come to', () => {
  const good = { sessions: 10, grouped: 10, refusedAcks: 0 };

  it('is right when all of them are grouped', () => {
    expect(standingFaults(good, 10)).toEqual([]);
  });

  it('is wrong when one is served by itself', () => {
    expect(standingFaults({ ...good, grouped: 9 }, 10)).toEqual(['9 of 10 sessions are grouped at the end']);
  });

  it('is wrong when acknowledgements prove nothing', () => {
    expect(standingFaults({ ...good, refusedAcks: 3 }, 10)).toEqual(['3 acknowledgements proved nothing']);
  });
});
