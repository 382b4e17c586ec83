import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Generator, prepareGenerator } from '../../bench/lib/generator.mjs';
import { faultOf } from '../../bench/lib/trial.mjs';
import { marker } from './lying-server.ts';

const native = prepareGenerator(() => undefined);
const inJavaScript = prepareGenerator(() => undefined, 'js');
const generators = native.kind === 'C' ? [native, inJavaScript] : [inJavaScript];

const capture = (name: string) => [name, `"${name}":"`, '"'];
const client = {
  steps: [
    {
      text: 'POST /join HTTP/1.1\r\nHost: localhost\r\nContent-Length: <<#>>\r\n\r\n{"client":"<<i>>"}',
      captures: [capture('id'), capture('next')],
    },
    { text: 'GET <<next>>&id=<<id>> HTTP/1.1\r\nHost: localhost\r\n\r\n', captures: [capture('next')] },
  ],
  repeat: true,
};

let server: Server | undefined;
let load: Generator | undefined;

afterEach(() => {
  load?.stop();
  server?.closeAllConnections();
  server?.close();
});

/** Gives every client the numbers 1 to 5, one for each poll, and holds the sixth. */
async function openPollServer(asked: string[]): Promise<number> {
  const opened = createServer((request, response) => {
    const url = request.url ?? '';
    const at = Number(/at=(\d+)/.exec(url)?.[1] ?? 0);
    asked.push(url);
    if (url === '/join') {
      request.on('data', (body) => response.end(`{"id":"${JSON.parse(body).client}-x","next":"/poll?at=1"}`));
    } else if (at <= 5) {
      response.end(`{"n":"${marker(0, at)}","next":"/poll?at=0","then":{"next":"/poll?at=${at + 1}"}}`);
    }
  });
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  const address = opened.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe.each(generators.map((generator) => [generator.kind, generator] as const))(
  'a polling client of the generator in %s',
  (_kind, generator) => {
    it('joins, follows what each answer names last, and misses nothing', async () => {
      const asked: string[] = [];
      load = new Generator(generator, {
        port: await openPollServer(asked),
        connections: 2,
        grace: 500,
        client,
      });
      await load.ready();
      const report = await load.report(5);
      expect(report).toMatchObject({ received: 10, answers: 10 });
      expect(faultOf(report)).toBeUndefined();
      const second = asked.filter((url) => url.endsWith('&id=1-x'));
      expect(second).toEqual([1, 2, 3, 4, 5, 6].map((at) => `/poll?at=${at}&id=1-x`));
    });
  },
);
