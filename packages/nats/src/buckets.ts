import { type KV, Kvm } from '@nats-io/kv';
import { hasCode } from './faults.ts';
import { type Link, type Live, untilLed, untilRemoved } from './link.ts';

const streamNotFound = 10059;

/** A key-value bucket, made when it is first needed, and again when somebody has deleted it. */
export class Bucket {
  /** The stream that it lies in. */
  readonly stream: string;
  readonly #link: Link;
  readonly #name: string;
  readonly #options: { readonly replicas: number; readonly ttlMs?: number };
  #opened: { readonly of: Live; readonly bucket: KV } | undefined = undefined;

  constructor(link: Link, name: string, options: { readonly replicas: number; readonly ttlMs?: number }) {
    this.stream = `KV_${name}`;
    this.#link = link;
    this.#name = name;
    this.#options = options;
  }

  /**
   * Does something with the bucket.
   *
   * @throws {Error} — the connection is down, or the server refuses or does not answer.
   */
  use<T>(work: (bucket: KV, live: Live) => Promise<T>): Promise<T> {
    return this.#link.run(async (live) => {
      const bucket = await this.#open(live);
      try {
        return await work(bucket, live);
      } catch (error) {
        if (!isMissing(error)) throw error;
        this.#opened = undefined;
        await untilRemoved();
        return work(await this.#open(live), live);
      }
    });
  }

  async #open(live: Live): Promise<KV> {
    if (this.#opened?.of === live) return this.#opened.bucket;
    const { replicas, ttlMs } = this.#options;
    // Reads go to the leader: another server of the cluster may not have yet what a node was told to be there.
    const options = { replicas, history: 1, allow_direct: false, ...(ttlMs !== undefined && { ttl: ttlMs }) };
    const bucket = await new Kvm(live.client).create(this.#name, options);
    if (replicas > 1) await untilLed(live, this.stream);
    this.#opened = { of: live, bucket };
    return bucket;
  }
}

// Nothing listens where a bucket was: a write to it meets what looks like a server without JetStream.
function isMissing(error: unknown): boolean {
  return (
    hasCode(error, streamNotFound) || (error instanceof Error && error.message === 'jetstream is not enabled')
  );
}
