import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Generator, prepareGenerator } from '../../bench/lib/generator.mjs';
import { faultOf } from '../../bench/lib/trial.mjs';
import { makeCertificate } from '../../bench/systems/certificate.mjs';
import { marker } from './lying-server.ts';

const native = prepareGenerator(() => undefined, undefined, true);
const inJavaScript = prepareGenerator(() => undefined, 'js', true);
const generators = native.kind === 'C' ? [native, inJavaScript] : [inJavaScript];
const client = { steps: [{ text: 'GET /stream/<<s>> HTTP/1.1\r\nHost: localhost\r\n\r\n' }] };

let server: Server | undefined;
let load: Generator | undefined;

afterEach(() => {
  load?.stop();
  server?.close();
});

/** Gives everybody the numbers up to `last`, a chunk each, as soon as they ask. */
async function openServer(last: number): Promise<number> {
  const opened = createServer(makeCertificate(), (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let number = 1; number <= last; number += 1) {
        const text = `${marker(0, number)}${'.'.repeat(1000)}`;
        socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
      }
    });
  });
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  return (opened.address() as AddressInfo).port;
}

describe.each(generators.map((generator) => [generator.kind, generator] as const))(
  'the load generator in %s, over TLS',
  (_kind, generator) => {
    it('counts every event of records that come together', async () => {
      load = new Generator(generator, {
        port: await openServer(200),
        client,
        connections: 3,
        tls: 1,
        grace: 2000,
      });
      await load.ready();
      const report = await load.report(200);
      expect(report).toMatchObject({ received: 600 });
      expect(faultOf(report)).toBeUndefined();
    });
  },
);
