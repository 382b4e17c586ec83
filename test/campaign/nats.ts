import { JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import type { SeededRandom } from '../sim/random.ts';
import { eventually } from '../support/eventually.ts';
import { NatsServer } from '../support/nats.ts';
import { type Engine, type Fault, wait } from './engine.ts';

const stream = 'comet_LOG';
const lives = 'KV_comet_meta';
const streamNotFound = 10059;

/** A nats-server with JetStream in files, and what happens to it. */
export class NatsEngine implements Engine {
  readonly name = 'nats';
  readonly server: NatsServer;
  readonly harmless: Readonly<Record<string, Fault>> = {
    'deletion of all consumers': () => this.#manage(deleteConsumers),
    'deletion of what is known of the log': () => this.#manage(({ streams }) => streams.delete(lives)),
  };
  readonly destroying: Readonly<Record<string, Fault>> = {
    'purge of the stream': () => this.#manage(({ streams }) => streams.purge(stream)),
    'purge of all but the newest messages': (_, random) =>
      this.#manage(({ streams }) => streams.purge(stream, { keep: random.integer(1, 5) })),
    'deletion of the stream': () => this.#manage(({ streams }) => streams.delete(stream)),
    'deletion of the stream, made again by somebody else': () => this.#manage(makeAgain),
    'deletion of the newest message': () => this.#manage(deleteNewest),
    'deletion of all that JetStream has': () => this.#manage(deleteAll),
    'the engine set back to an earlier state': (_, random) => this.#setBack(random),
  };

  private constructor(server: NatsServer) {
    this.server = server;
  }

  static async start(): Promise<NatsEngine> {
    return new NatsEngine(await NatsServer.start());
  }

  close(): Promise<void> {
    return this.server.close();
  }

  // What is missing at the moment cannot be destroyed.
  async #manage(work: (manager: JetStreamManager) => Promise<unknown>): Promise<void> {
    // On a busy machine a server that is up may take longer than the client waits.
    const manager = await eventually('the server lets an operator in', () =>
      this.server.manager().catch(() => undefined),
    );
    try {
      await work(manager);
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === streamNotFound)) throw error;
    }
  }

  async #setBack(random: SeededRandom): Promise<void> {
    await this.server.kill();
    this.server.remember();
    await this.server.run();
    await wait(random.integer(200, 1500));
    await this.server.kill();
    this.server.restore();
    await this.server.run();
  }
}

async function deleteConsumers({ consumers }: JetStreamManager): Promise<void> {
  for await (const { name } of consumers.list(stream)) await consumers.delete(stream, name);
}

async function makeAgain({ streams }: JetStreamManager): Promise<void> {
  const { config } = await streams.info(stream);
  await streams.delete(stream);
  // A node may have been quicker.
  await streams.add(config).catch(() => undefined);
}

async function deleteNewest({ streams }: JetStreamManager): Promise<void> {
  const { state } = await streams.info(stream);
  if (state.messages > 0) await streams.deleteMessage(stream, state.last_seq);
}

async function deleteAll({ streams }: JetStreamManager): Promise<void> {
  for await (const { config } of streams.list()) await streams.delete(config.name);
}
