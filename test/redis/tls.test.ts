import { redisCluster } from '@cometkit/redis';
import { RecordingSink } from '@cometkit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StagedNode } from '../../packages/testkit/src/engine-stage.ts';
import { Certificate } from '../support/certificate.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { unusedPort } from '../support/unused-port.ts';
import { secret } from './engine.ts';

describe.skipIf(skipsRedis())('redis over TLS', () => {
  let certificate: Certificate;
  let server: RedisServer;
  let url: string;

  beforeAll(async () => {
    certificate = new Certificate();
    const port = await unusedPort();
    const { certFile, keyFile } = certificate;
    const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile];
    server = await RedisServer.start('--tls-port', String(port), '--tls-auth-clients', 'no', ...files);
    url = `rediss://localhost:${port}`;
  });

  afterAll(async () => {
    await server.close();
    certificate.remove();
  });

  it('carries what nodes publish', async () => {
    const client = { url, socket: { tls: true, ca: certificate.cert } as const };
    const nodes = [1, 2].map(() => new StagedNode(redisCluster({ client, secret })));
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
    const socket = { tls: true, ca: certificate.cert, servername: 'other.example' } as const;
    const cluster = redisCluster({ client: { url, socket }, secret });
    try {
      await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(
        /^the certificate of Redis has expired, .* is for another name: .* \(localhost:\d+: /,
      );
    } finally {
      await cluster.stop();
    }
  });

  it('fails the start in one line without the certificate that clients need', async () => {
    const { certFile, keyFile, cert } = certificate;
    const port = await unusedPort();
    const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile];
    const strict = await RedisServer.start('--tls-port', String(port), '--tls-auth-clients', 'yes', ...files);
    const client = { url: `rediss://localhost:${port}`, socket: { tls: true, ca: cert } as const };
    const cluster = redisCluster({ client, secret });
    try {
      await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(/^Redis wants a certificate/);
    } finally {
      await cluster.stop();
      await strict.close();
    }
  });

  it('fails the start in one line with a certificate that nobody knows', async () => {
    const cluster = redisCluster({ url, secret });
    try {
      await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(
        /^the certificate of Redis is not trusted: give its authority in `client`.* \(localhost:\d+: /,
      );
    } finally {
      await cluster.stop();
    }
  });
});
