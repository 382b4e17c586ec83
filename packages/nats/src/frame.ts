import { createHash } from 'node:crypto';
import type { Batch, FrameEntry } from '@cometkit/core/cluster';
import { entriesFromText, entriesToText } from '@cometkit/core/engine-kit';

/** Positions that one message may take: more than a frame has entries. */
export const stride = 1024;

/** What a message of the log says of itself. */
export interface Contents {
  readonly node: string;
  readonly seq: number;
  /** The life of the log in which it was sent: in another one it means nothing, so that no message has two places. */
  readonly epoch: string;
  readonly entries: readonly FrameEntry[];
}

const head = /^([0-9a-z]{8,26}) ([1-9]\d{0,14}) ([0-9a-z]{1,13})\n/;

/**
 * The id by which the server knows a message again for two minutes.
 *
 * @param created - when the stream was made: what was sent for an earlier one does not count in the next.
 */
export function messageId(node: string, created: string, { seq, key }: Batch): string {
  if (key === undefined) return `${node}:${seq}:${Date.parse(created)}`;
  // A key may hold anything, a header may not.
  return `key:${createHash('sha256').update(`${created} ${key}`).digest('base64url')}`;
}

export function toPayload(node: string, epoch: string, { seq, entries }: Batch): Uint8Array {
  return new TextEncoder().encode(`${node} ${seq} ${epoch}\n${entriesToText(entries)}`);
}

/** @returns undefined when no node has written it. */
export function fromPayload(payload: Uint8Array): Contents | undefined {
  const text = new TextDecoder().decode(payload);
  const [start, node, seq, epoch] = head.exec(text) ?? [];
  const entries = start === undefined ? undefined : entriesFromText(text.slice(start.length));
  if (node === undefined || epoch === undefined || entries === undefined) return undefined;
  return { node, seq: Number(seq), epoch, entries };
}
