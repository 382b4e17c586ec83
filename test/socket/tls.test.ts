import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ServeOptions, serveTcp, TcpCaller } from './kit.ts';

// A key that both sides know, so that no certificate lies about in the tests.
const psk = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const secured = (socket: ServeOptions<object>['socket'] = {}) => ({
  socket: { ...socket, tls: { ciphers: 'PSK', maxVersion: 'TLSv1.2' as const, pskCallback: () => psk } },
});

function call(port: number): Promise<TcpCaller> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(
      {
        port,
        host: '127.0.0.1',
        ciphers: 'PSK',
        maxVersion: 'TLSv1.2',
        pskCallback: () => ({ psk, identity: 'test' }),
        checkServerIdentity: () => undefined,
      },
      () => resolve(new TcpCaller(socket)),
    );
    socket.once('error', reject);
  });
}

describe('TLS', () => {
  it('carries the same messages', async () => {
    const { port, hub } = await serveTcp(secured());
    const alice = await call(port);
    await alice.says('join-listen', { subject: '/a' });
    for (let n = 0; n < 500; n += 1) hub.publish('/a', { n, filler: 'x'.repeat(1000) });
    await alice.wait('all', () => alice.data.length === 500);
    alice.socket.destroy();
  });

  it('is what hooks are told', async () => {
    const seen: unknown[] = [];
    const join = ({ request }: { request: { secure: boolean; address: string } }) => {
      seen.push(request.secure, request.address);
      return true;
    };
    const { port } = await serveTcp({ ...secured(), handler: { authorize: { join } } });
    const alice = await call(port);
    await alice.says('join');
    expect(seen).toEqual([true, '127.0.0.1']);
    alice.socket.destroy();
  });

  it('that is never spoken is no connection', async () => {
    const { port, server, hub } = await serveTcp(secured({ handshakeMs: 200 }));
    const silent = await TcpCaller.call(port);
    const wrong = await TcpCaller.call(port);
    wrong.write('{"type":"join"}\n');
    await silent.end(2000);
    await wrong.end(2000);
    silent.socket.destroy();
    wrong.socket.destroy();
    await eventually('they are gone', () => server.size === 0);
    expect(hub.stats().opened).toBe(0);
  });

  it('is counted by address before its handshake', async () => {
    const { port, server } = await serveTcp(secured({ maxConnectionsPerAddress: 1 }));
    const alice = await call(port);
    await expect(call(port)).rejects.toThrow();
    expect(server.size).toBe(1);
    alice.socket.destroy();
  });
});
