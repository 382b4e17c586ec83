import { natsCluster } from '@cometkit/nats';
import { RecordingSink } from '@cometkit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNatsCluster } from '../../packages/nats/src/cluster.ts';
import { timings } from '../../packages/nats/src/timings.ts';
import { StagedNode } from '../../packages/testkit/src/engine-stage.ts';
import { Certificate } from '../support/certificate.ts';
import { NatsServer, skipsNats } from '../support/nats.ts';
import { secret } from './engine.ts';

describe.skipIf(skipsNats())('nats over TLS', () => {
  let certificate: Certificate;
  let server: NatsServer;
  let servers: string;

  beforeAll(async () => {
    certificate = new Certificate();
    const { certFile, keyFile } = certificate;
    const files = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;
    server = await NatsServer.start(`jetstream { store_dir: "STORE" }\n${files}`, { ca: certificate.cert });
    servers = `tls://localhost:${server.port}`;
  });

  afterAll(async () => {
    await server.close();
    certificate.remove();
  });

  it('carries what nodes publish', async () => {
    const connection = { tls: { ca: certificate.cert } };
    const nodes = [1, 2].map(() => new StagedNode(natsCluster({ servers, connection, secret })));
    try {
      for (const { cluster, sink } of nodes) await cluster.log.start(sink);
      await nodes[0]?.publish('/over/tls');
      await nodes[1]?.sees('/over/tls');
      await nodes[1]?.cluster.sessions.create('one', 'text', { ttlMs: 60_000 });
      expect((await nodes[0]?.cluster.sessions.load('one'))?.text).toBe('text');
    } finally {
      for (const { cluster } of nodes) await cluster.stop();
    }
  });

  it('fails the start in one line with a certificate for another name', async () => {
    const tls = { ca: certificate.cert, servername: 'other.example' };
    const cluster = natsCluster({ servers, connection: { tls }, secret });
    try {
      await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(/^NATS at .* is for another name/);
    } finally {
      await cluster.stop();
    }
  });

  it('says what may be missing where the server wants a certificate of its clients, and takes one', async () => {
    const { certFile, keyFile, cert, key } = certificate;
    const wants = `cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${certFile}", verify: true`;
    const strict = await NatsServer.start(`jetstream { store_dir: "STORE" }\ntls { ${wants} }`, {
      ca: cert,
      cert,
      key,
    });
    const at = `tls://localhost:${strict.port}`;
    const start = async (tls: object): Promise<void> => {
      const cluster = openNatsCluster(
        { servers: at, connection: { tls }, secret, cutMs: 3000 },
        { ...timings, requestMs: 500 },
      );
      await cluster.log.start(new RecordingSink()).finally(() => cluster.stop());
    };
    try {
      await expect(start({ ca: cert })).rejects.toThrow(
        /no NATS server answers at .*\(timeout; if it wants a certificate of its clients \(`verify: true`\), give `tls: \{ cert, key \}`/,
      );
      await start({ ca: cert, cert, key });
    } finally {
      await strict.close();
    }
  }, 30_000);

  it('fails the start in one line with a certificate that nobody knows', async () => {
    const cluster = natsCluster({ servers, secret });
    try {
      await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(/^NATS at .*not trusted/);
    } finally {
      await cluster.stop();
    }
  });
});
