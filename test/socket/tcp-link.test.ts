import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { TcpLink } from '../../packages/socket/src/tcp-link.ts';

describe('a TCP link whose client is cut off', () => {
  it('counts what was lost with the socket as waiting, and says nothing of a drain', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
    const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.pause();
    const socket = await accepted;
    socket.on('error', () => undefined);
    const link = new TcpLink(socket);
    let drained = 0;
    const closed = new Promise<void>((resolve) => {
      link.watch({
        drained: () => {
          drained += 1;
        },
        closed: resolve,
      });
    });
    // Until the kernel takes no more.
    while (link.pendingBytes < 3e6) {
      link.write(Buffer.alloc(1e6, 'x'));
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    const waiting = link.pendingBytes;
    drained = 0;
    link.destroy();
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    expect([link.pendingBytes, drained]).toEqual([waiting, 0]);
    expect(link.write(Buffer.from('more'))).toBe(false);
    expect(link.pendingBytes).toBe(waiting + 4);
    client.destroy();
    server.close();
  });
});
