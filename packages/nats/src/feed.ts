import { AckPolicy, type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, nanos, type Subscription } from '@nats-io/transport-node';
import type { Link, Live } from './link.ts';
import type { Timings } from './timings.ts';

/** A message of the stream, with its place there. */
export interface Delivered {
  readonly sequence: number;
  /** Unix milliseconds by the server's clock. */
  readonly time: number;
  /** Messages that the server still had to give when it gave this one. */
  readonly pending: number;
  readonly id: string;
  readonly payload: Uint8Array;
}

/** Told what a feed brings, in the order of the stream. */
export interface FeedReader {
  /** @param first - the first message of this feed. */
  take(message: Delivered, first: boolean): void;
  /** The server has given a sign of life. */
  heard(): void;
  /** It has come to its end, in one word: nothing follows. */
  broken(why: string): void;
}

/** What a feed reads, and from where. */
export interface FeedPlace {
  readonly stream: string;
  readonly from: number;
  readonly timings: Timings;
}

const lost = 'a message was lost on its way';
/** After so long the server forgets a consumer that nobody listens to. Units: milliseconds. */
const forgottenMs = 30_000;

/**
 * A consumer of our own making: whatever is not exactly the next message ends it, and silence does, too.
 *
 * The ordered consumer of the client makes itself anew by itself, and falls silent for ever where the stream was made anew.
 */
export class Feed {
  readonly #live: Live;
  readonly #stream: string;
  readonly #timings: Timings;
  readonly #reader: FeedReader;
  readonly #inbox: string;
  #subscription: Subscription | undefined = undefined;
  #info: ConsumerInfo | undefined = undefined;
  #given = 0;
  #watch: NodeJS.Timeout | undefined = undefined;
  #ended = false;

  private constructor(live: Live, { stream, timings }: FeedPlace, reader: FeedReader) {
    this.#live = live;
    this.#stream = stream;
    this.#timings = timings;
    this.#reader = reader;
    this.#inbox = createInbox(live.inboxPrefix);
  }

  /** Begins with the first message at a sequence or after it. */
  static async open(link: Link, place: FeedPlace, reader: FeedReader): Promise<Feed> {
    return link.run(async (live) => {
      const feed = new Feed(live, place, reader);
      try {
        await feed.#begin(place.from);
        return feed;
      } catch (error) {
        feed.close();
        throw error;
      }
    });
  }

  /** What the server has said of the consumer when it was made. */
  get info(): ConsumerInfo | undefined {
    return this.#info;
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#watch);
    this.#subscription?.unsubscribe();
    const name = this.#info?.name;
    // As good as possible: the server forgets it anyway.
    if (name !== undefined) this.#live.manager.consumers.delete(this.#stream, name).catch(() => undefined);
  }

  async #begin(from: number): Promise<void> {
    this.#subscription = this.#live.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#receive(message);
        else this.#break(error.message);
      },
    });
    this.#info = await this.#live.manager.consumers.add(this.#stream, {
      deliver_subject: this.#inbox,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: nanos(this.#timings.heartbeatMs),
      inactive_threshold: nanos(forgottenMs),
      mem_storage: true,
      num_replicas: 1,
    });
    this.#listen();
  }

  #receive(message: Msg): void {
    if (this.#ended) return;
    this.#listen();
    const place = placeOf(message.reply);
    if (place === undefined) this.#heed(message);
    else if (place.delivery !== this.#given + 1) this.#break(lost);
    else this.#pass(message, place);
  }

  #pass(message: Msg, place: Place): void {
    const first = this.#given === 0;
    this.#given = place.delivery;
    const id = message.headers?.get('Nats-Msg-Id') ?? '';
    this.#reader.take({ ...place, id, payload: message.data }, first);
  }

  // Heartbeats, requests of the flow control, and words of farewell.
  #heed(message: Msg): void {
    if (message.headers?.code !== 100) {
      this.#break(message.headers?.description || 'unknown status');
      return;
    }
    // Answered only after everything before it was read: so the server never has more under way than it may.
    const stalled = message.headers.get('Nats-Consumer-Stalled');
    if (message.reply) message.respond();
    else if (stalled !== '') this.#live.connection.publish(stalled);
    const given = message.headers.get('Nats-Last-Consumer');
    if (given !== '' && Number(given) > this.#given) this.#break(lost);
    else this.#reader.heard();
  }

  #listen(): void {
    if (this.#watch !== undefined) this.#watch.refresh();
    else
      this.#watch = setTimeout(() => this.#break('the consumer is silent'), this.#timings.silenceMs).unref();
  }

  #break(why: string): void {
    if (this.#ended) return;
    this.close();
    this.#reader.broken(why);
  }
}

interface Place {
  readonly sequence: number;
  readonly delivery: number;
  readonly time: number;
  readonly pending: number;
}

/**
 * Reads the place of a message from the subject of its acknowledgement.
 *
 * @remarks `$JS.ACK.<stream>.<consumer>.<tries>.<sequence>.<delivery>.<nanoseconds>.<pending>`; with a domain
 *   `$JS.ACK.<domain>.<account>.` comes first and a token may follow (ADR-15 of NATS).
 */
function placeOf(reply: string | undefined): Place | undefined {
  const parts = reply?.startsWith('$JS.ACK.') ? reply.split('.') : [];
  const at = parts.length === 9 ? 5 : parts.length >= 11 ? 7 : undefined;
  if (at === undefined) return undefined;
  const [sequence, delivery, , pending] = parts.slice(at, at + 4).map(Number);
  const time = Number(parts[at + 2]?.slice(0, -6));
  if (sequence === undefined || delivery === undefined || pending === undefined) return undefined;
  return { sequence, delivery, time, pending };
}
