import type { Batch } from '@cometkit/core/cluster';
import type { PubAck } from '@nats-io/jetstream';
import { isUnderWay, Refusal } from './faults.ts';
import { messageId, toPayload } from './frame.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';

/** Beside its payload a message has headers. Units: bytes. */
const headerBytes = 512;
/** Between two questions for what is under way. Units: milliseconds. */
const underWayMs = 20;

/** A batch on its way to the stream. */
interface Given {
  readonly node: string;
  readonly names: Pick<Names, 'stream' | 'subject'>;
  readonly batch: Batch;
  /** When the stream was made, and the life of the log, as the sender knows them. */
  readonly log: { readonly created: string; readonly epoch: string };
  readonly timeoutMs: number;
}

type Ack = Pick<PubAck, 'seq' | 'duplicate'>;

/**
 * Publishes a batch as one message of the stream. What a cluster just takes from somebody else is asked for until it is there.
 *
 * @throws {Error} — the server refuses or does not answer.
 */
export async function publishFrame(link: Link, given: Given): Promise<Ack> {
  const end = performance.now() + given.timeoutMs;
  for (;;) {
    const ack = await publish(link, given).catch((error) => {
      if (isUnderWay(error) && performance.now() < end) return undefined;
      throw error;
    });
    // Some versions call it a duplicate of what has no number yet.
    if (ack !== undefined && ack.seq > 0) return ack;
    if (performance.now() > end) throw new Error('another node just brings the same');
    await new Promise((resolve) => setTimeout(resolve, underWayMs));
  }
}

function publish(link: Link, { node, names, batch, log, timeoutMs }: Given): Promise<Ack> {
  const payload = toPayload(node, log.epoch, batch);
  const options = {
    msgID: messageId(node, log.created, batch),
    expect: { streamName: names.stream },
    timeout: timeoutMs,
  };
  return link.run(({ client, connection }) => {
    const room = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    // The server answers a message that is too large by ending the connection.
    if (payload.length + headerBytes > room) throw new Refusal(tooLarge(payload.length, room));
    return client.publish(names.subject, payload, options);
  });
}

function tooLarge(bytes: number, room: number): string {
  return `a frame of ${bytes} bytes is too large for the server, whose max_payload is ${room}: raise it, or lower \`maxEventBytes\``;
}
