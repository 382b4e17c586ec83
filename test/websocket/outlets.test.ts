import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { FrameOutlet } from '../../packages/websocket/src/frame-outlet.ts';
import { MessageOutlet } from '../../packages/websocket/src/message-outlet.ts';

const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A WebSocket of the server whose client has shaken hands and reads nothing from then on. */
async function deafClient(): Promise<WebSocket> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.pause();
  client.write(
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  client.on('error', () => undefined);
  open.push(() => {
    client.destroy();
    server.close();
  });
  return await accepted;
}

const streamOf = (socket: WebSocket) => (socket as unknown as { _socket: net.Socket })._socket;
const outlets = {
  FrameOutlet: (socket: WebSocket) => new FrameOutlet(socket, streamOf(socket), () => 1000),
  MessageOutlet: (socket: WebSocket) => new MessageOutlet(socket, () => 1000),
};

describe.each(Object.entries(outlets))('%s, when its client is cut off', (_, outletOf) => {
  it('counts what was lost with the socket as waiting, and says nothing of a drain', async () => {
    const socket = await deafClient();
    socket.on('error', () => undefined);
    const outlet = outletOf(socket);
    socket.on('close', () => outlet.closed());
    let drained = 0;
    const closed = new Promise<void>((resolve) => {
      outlet.watch({
        drained: () => {
          drained += 1;
        },
        closed: resolve,
      });
    });
    // Until the kernel takes no more.
    const line = Buffer.concat([Buffer.alloc(1e6, 'x'), Buffer.from('\n')]);
    while (outlet.pendingBytes < 3e6) {
      outlet.write(line);
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    const waiting = outlet.pendingBytes;
    drained = 0;
    outlet.destroy();
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    expect([outlet.pendingBytes, drained]).toEqual([waiting, 0]);
    expect(outlet.write(Buffer.from('more\n'))).toBe(false);
    expect(outlet.pendingBytes).toBe(waiting + 5);
  });
});
