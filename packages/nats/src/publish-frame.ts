import type { Batch } from '@cometkit/core/cluster';
import { Refusal } from './faults.ts';
import { messageId, toPayload } from './frame.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';

/** Beside its payload a message has headers. Units: bytes. */
const headerBytes = 512;

/** A batch on its way to the stream. */
interface Given {
  readonly node: string;
  readonly names: Pick<Names, 'stream' | 'subject'>;
  readonly batch: Batch;
  /** When the stream was made, and the life of the log, as the sender knows them. */
  readonly log: { readonly created: string; readonly epoch: string };
  readonly timeoutMs: number;
}

/**
 * Publishes a batch as one message of the stream.
 *
 * @throws {Error} — the server refuses or does not answer.
 */
export function publishFrame(
  link: Link,
  { node, names, batch, log, timeoutMs }: Given,
): Promise<{ readonly seq: number; readonly duplicate: boolean }> {
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
