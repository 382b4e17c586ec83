import { createPublisher, natsCluster } from '@cometkit/nats';
import { afterEach, describe, expect, it } from 'vitest';
import { publisherSuite } from '../cluster/publisher-suite.ts';
import { block } from '../docs/blocks.ts';
import { NatsServer, skipsNats } from '../support/nats.ts';
import { secret, stream } from './engine.ts';

const at = (port: number) => `nats://127.0.0.1:${port}`;

describe.skipIf(skipsNats())('a publisher over NATS', () => {
  publisherSuite({
    start: () => NatsServer.start(),
    cluster: (port) => natsCluster({ servers: at(port), secret }),
    publisher: (port, options) => createPublisher({ servers: at(port), ...options }),
  });
});

describe.skipIf(skipsNats())('a publisher and the log in NATS', () => {
  let server: NatsServer;
  afterEach(() => server.close());

  it('goes on when the stream was deleted', async () => {
    server = await NatsServer.start();
    const there = createPublisher({ servers: server.servers });
    await there.publish('/a', 1).accepted();
    await (await server.manager()).streams.delete(stream);
    // It was sent to a log that is gone: nobody knows whether a node had it.
    const lost = await there
      .publish('/a', 2)
      .accepted()
      .catch((error: { readonly code: string }) => error.code);
    expect(lost).toBe('uncertain');
    const { repeated } = await there.publish('/a', 3).accepted();
    expect(repeated).toBe(false);
    await there.close();
  });

  it('tells a login that is refused, at once', async () => {
    server = await NatsServer.start(
      'jetstream { store_dir: "STORE" }\nauthorization { users: [{ user: "admin", password: "admin" }] }',
    );
    const there = createPublisher({
      servers: server.servers,
      connection: { user: 'a', pass: 'mine-is-wrong' },
    });
    const failure = there.publish('/a', 1).accepted();
    await expect(failure).rejects.toThrow(/refuses these credentials.*option `connection`/);
    await expect(failure).rejects.not.toThrow(/mine-is-wrong/);
    await there.close();
  });

  it('needs no more than the rights that the guide lists for it', async () => {
    const listed = block('docs/guides/publish-from-elsewhere.md', 'publish: {').text;
    server = await NatsServer.start(`jetstream { store_dir: "STORE" }
accounts { A { jetstream: enabled, users: [
  { user: admin, password: admin },
  { user: worker, password: right, permissions: { ${listed} } } ] } }`);
    const node = natsCluster({
      servers: server.servers,
      secret,
      connection: { user: 'admin', pass: 'admin' },
    });
    const nothing = () => undefined;
    await node.log.start({ accept: nothing, hole: nothing, renew: nothing, state: nothing });
    const there = createPublisher({ servers: server.servers, connection: { user: 'worker', pass: 'right' } });
    await there.publish('/a', 1).accepted();
    await there.publish('/a', 2, { messageId: '7' }).accepted();
    await there.close();
    await node.stop();
  });

  it('tells a server without JetStream', async () => {
    server = await NatsServer.start('');
    const there = createPublisher({ servers: server.servers });
    await expect(there.publish('/a', 1).accepted()).rejects.toThrow(/JetStream is not enabled/);
    await there.close();
  });
});

describe('options of a publisher over NATS', () => {
  it.each([
    [{}, /`servers` is missing/],
    [{ servers: 'http://a b' }, /`servers`/],
    [{ servers: 'nats://a', prefix: 'A' }, /`prefix`/],
    [{ servers: 'nats://a', log: {} }, /unknown option `log`/],
    [{ servers: 'nats://a', replicas: 2 }, /`replicas`/],
  ])('%j is refused', (options, message) => {
    expect(() => createPublisher(options as never)).toThrow(message);
  });
});
