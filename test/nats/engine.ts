import type { Cluster } from '@cometkit/core/cluster';
import { natsCluster } from '@cometkit/nats';
import type { Accident, EngineUnderTest } from '@cometkit/testkit';
import type { JetStreamManager } from '@nats-io/jetstream';
import { FaultProxy } from '../support/fault-proxy.ts';
import { NatsServer } from '../support/nats.ts';

export const secret = 'a secret of at least 32 characters';
export const stream = 'comet_LOG';

/** A real server with a proxy of faults before it. */
export class NatsEngine implements EngineUnderTest {
  readonly server: NatsServer;
  readonly proxy: FaultProxy;
  readonly accidents: Partial<Record<Accident, () => Promise<void>>>;

  private constructor(server: NatsServer, proxy: FaultProxy) {
    this.server = server;
    this.proxy = proxy;
    this.accidents = this.#accidents();
  }

  static async start(): Promise<NatsEngine> {
    const server = await NatsServer.start();
    return new NatsEngine(server, await FaultProxy.start(server.port));
  }

  open(): Cluster {
    const servers = `nats://127.0.0.1:${this.proxy.port}`;
    return natsCluster({ servers, secret, log: { maxEvents: 2000 } });
  }

  async remember(): Promise<void> {
    await this.server.kill();
    this.server.remember();
    await this.server.run();
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.server.close();
  }

  /** Kills the server, does something to what it leaves behind, and starts it again. */
  async restart(meanwhile?: (server: NatsServer) => void): Promise<void> {
    await this.server.kill();
    meanwhile?.(this.server);
    await this.server.run();
  }

  async manage(work: (manager: JetStreamManager) => Promise<unknown>): Promise<void> {
    await work(await this.server.manager());
  }

  #accidents(): Partial<Record<Accident, () => Promise<void>>> {
    return {
      'is killed and comes back with all it had': () => this.restart(),
      'is killed and comes back with nothing': () => this.restart((server) => server.forget()),
      'is emptied': () =>
        this.manage(async ({ streams }) => {
          for await (const { config } of streams.list()) await streams.delete(config.name);
        }),
      'loses the log': () => this.manage(({ streams }) => streams.delete(stream)),
      'loses what it knows of the log': () => this.manage(({ streams }) => streams.delete('KV_comet_meta')),
      'loses its oldest entries': () => this.manage(({ streams }) => streams.purge(stream, { keep: 2 })),
      'loses its newest entry': () =>
        this.manage(async ({ streams }) => {
          const { state } = await streams.info(stream);
          await streams.deleteMessage(stream, state.last_seq).catch(() => undefined);
        }),
      'loses all entries, and keeps the log': () => this.manage(({ streams }) => streams.purge(stream)),
      'is set back to an earlier state': () => this.restart((server) => server.restore()),
      'answers nothing for a while': async () => {
        this.proxy.silence();
        await new Promise((resolve) => setTimeout(resolve, 700));
        this.proxy.open();
      },
      'closes every connection': async () => this.proxy.cut(),
      'takes a batch and is cut off before it answers': async () => this.proxy.cutAnswers(6),
      'is given an entry that nobody can read': async () => {
        await this.server.publish('comet.log', 'what ever');
        await this.server.publish('comet.log', 'node0000 1\n1[["/a",9,"all",null,null,null,null]]\n1');
      },
    };
  }
}
