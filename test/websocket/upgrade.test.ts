import { createHub, createNodeHandler } from '@cometkit/node';
import { attachWebSocket } from '@cometkit/websocket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { requestText, Wire } from '../support/wire.ts';

const offer = {
  Connection: 'Upgrade, HTTP2-Settings',
  Upgrade: 'h2c',
  'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
};

async function serveApp() {
  const hub = createHub();
  const push = createNodeHandler(hub);
  const { server, port, close } = await disposableServer((request, response) => {
    if (request.url?.startsWith('/push')) push(request, response);
    else response.end(`for ${request.method}`);
  });
  attachWebSocket(server, push);
  const wire = await Wire.open(port);
  onTestFinished(async () => {
    wire.reset();
    await push.close();
    await close();
  });
  return { hub, server, wire };
}

describe('a request that offers another protocol than WebSocket', () => {
  it('is answered by the application as if it had not', async () => {
    const { wire } = await serveApp();
    const answer = await wire.ask(requestText('GET', '/me', offer));
    expect([answer.status, answer.body]).toEqual([200, 'for GET']);
  });

  it('gets its stream, which is released with the connection', async () => {
    const { hub, wire } = await serveApp();
    wire.send(requestText('GET', '/push?subject=/a', offer));
    await wire.until(({ body }) => body.includes('heartbeat'));
    hub.publish('/a', 1);
    await wire.until(({ body }) => body.includes('"data":1'));
    wire.reset();
    await eventually('the release', () => hub.stats().attached === 0);
  });

  it('is refused when it has a body, which Node no longer reads', async () => {
    const { wire } = await serveApp();
    const answer = await wire.ask(requestText('POST', '/push', offer, '{}'));
    expect(answer.status).toBe(400);
  });

  it('is left to another listener that there is', async () => {
    const { server, wire } = await serveApp();
    server.on('upgrade', (_request, stream) => {
      stream.on('error', () => undefined);
      stream.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
    const answer = await wire.send(requestText('GET', '/me', offer)).until(({ status }) => status > 0);
    expect(answer.status).toBe(101);
  });
});
