import http from 'node:http';
import { Duplex } from 'node:stream';
import { createHub, createNodeHandler } from '@cometkit/node';
import { eventually } from '@cometkit/testkit';
import { expect, it } from 'vitest';

/** Two streams, each of which reads what is written to the other: a tunnel with nothing of a socket. */
function duplexPair(): [Duplex, Duplex] {
  const sides: Duplex[] = [];
  const make = (other: number): Duplex =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        sides[other]?.push(chunk);
        done();
      },
      final: (done) => {
        sides[other]?.push(null);
        done();
      },
    });
  sides.push(make(1), make(0));
  return sides as [Duplex, Duplex];
}

function ask(handler: http.RequestListener, query: string): { text(): string; end(): void } {
  const server = http.createServer(handler);
  const [near, far] = duplexPair();
  let text = '';
  near.on('data', (chunk) => {
    text += chunk;
  });
  server.emit('connection', far);
  near.write(`GET /?${query} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return { text: () => text, end: () => near.destroy() };
}

it.each([
  ['sse', 'type=join-listen&subject=/a&format=sse'],
  ['ndjson', 'type=join-listen&subject=/a&format=ndjson'],
  ['js', 'p_event=join-listen&p_subject=/a&p_format=js'],
])('a stream of %s flows over any Duplex', async (_format, query) => {
  const hub = createHub();
  const errors: unknown[] = [];
  const handler = createNodeHandler(hub, { onError: (error) => errors.push(error) });
  const client = ask(handler, query);
  await eventually('the stream is open', () => client.text().includes('join-listen-ack'));
  hub.publish('/a', 'first');
  await eventually('the event is there', () => client.text().includes('first'));
  await handler.close();
  await eventually('the stream has ended', () => client.text().endsWith('0\r\n\r\n'));
  expect(errors).toEqual([]);
  client.end();
});

it('finite answers reach any Duplex', async () => {
  const handler = createNodeHandler(createHub());
  const client = ask(handler, 'type=join&format=ndjson');
  await eventually('the answer is there', () => client.text().includes('join-ack'));
  client.end();
  await handler.close();
});

it('onError is told when an answer cannot be written', async () => {
  const told: unknown[][] = [];
  const handler = createNodeHandler(createHub(), {
    onError: (error, where) => told.push([(error as Error).message, where]),
  });
  const broken: http.RequestListener = (request, response) => {
    response.writeHead = () => {
      throw new Error('spoilt by a middleware');
    };
    handler(request, response);
  };
  const client = ask(broken, 'type=join-listen&subject=/a&format=sse');
  await eventually('it was told', () => told.length > 0);
  expect(told).toEqual([['spoilt by a middleware', 'an adapter']]);
  client.end();
  await handler.close();
});
