import { createClient, type RedisClientOptions } from '@redis/client';
import type { Script } from './scripts.ts';
import type { FindClient } from './settings.ts';

/** What Redis answers, in version 2 of its protocol. */
export type Reply = string | number | null | readonly Reply[];

/** One connection to Redis. Once it has failed it is of no use any more; whoever needs one opens another. */
export class Connection {
  readonly #client: ReturnType<typeof clientOf>;
  #failure: Error | undefined;

  private constructor(client: ReturnType<typeof clientOf>) {
    this.#client = client;
    client.on('error', (error: Error) => {
      this.#failure ??= error;
    });
  }

  /**
   * @param deadlineMs - for the whole of it, the login too; and once more for finding out where to.
   * @throws {Error} — nobody answers there in time, or refuses.
   */
  static async open(given: RedisClientOptions | FindClient, deadlineMs: number): Promise<Connection> {
    const options = typeof given === 'function' ? await within(found(given), deadlineMs) : given;
    const connection = new Connection(clientOf(options, deadlineMs));
    try {
      await within(connection.#client.connect(), deadlineMs);
    } catch (error) {
      connection.destroy();
      throw connection.#failure ?? error;
    }
    return connection;
  }

  /** Whether commands can be sent over it. */
  get usable(): boolean {
    return this.#client.isReady;
  }

  /**
   * Sends a command.
   *
   * @throws {Error} — the engine refused, or did not answer in time. In the second case the connection has ended: a half-open one
   * would swallow whatever comes next.
   */
  async send(command: readonly string[], deadlineMs: number): Promise<Reply> {
    try {
      return (await within(this.#client.sendCommand(command), deadlineMs)) as Reply;
    } catch (error) {
      if (error instanceof Silence) this.destroy();
      throw error;
    }
  }

  /** Runs a script, by its name where the engine has it. */
  async run(
    script: Script,
    given: { readonly keys: readonly string[]; readonly values: readonly (string | number)[] },
    deadlineMs: number,
  ): Promise<Reply> {
    const rest = [String(given.keys.length), ...given.keys, ...given.values.map(String)];
    try {
      return await this.send(['EVALSHA', script.sha, ...rest], deadlineMs);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.send(['EVAL', script.text, ...rest], deadlineMs);
    }
  }

  /** Ends it at once. What was sent and not answered fails. */
  destroy(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }
}

async function found(find: FindClient): Promise<RedisClientOptions> {
  return find();
}

// It neither waits nor tries again: a write that is sent twice behind our back would be there twice.
function clientOf(options: RedisClientOptions, connectTimeout: number) {
  return createClient({
    ...options,
    RESP: 2,
    disableOfflineQueue: true,
    socket: { connectTimeout, ...options.socket, reconnectStrategy: false } as NonNullable<
      RedisClientOptions['socket']
    >,
  });
}

/** Nothing came in time. */
class Silence extends Error {}

async function within<T>(promise: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silence(`nothing came within ${deadlineMs} ms`)), deadlineMs);
  });
  promise.catch(() => undefined); // it may fail after the deadline, when nobody reads it any more
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
