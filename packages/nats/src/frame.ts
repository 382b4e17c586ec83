import { createHash } from 'node:crypto';
import type { Batch, FrameEntry } from '@cometkit/core/cluster';
import { entriesFromText, entriesToText } from '@cometkit/core/engine-kit';

/** Positions that one message may take: more than a frame has entries. */
export const stride = 1024;

/** What a message of the log says of itself. */
export interface Contents {
  readonly node: string;
  readonly seq: number;
  readonly entries: readonly FrameEntry[];
}

const head = /^([0-9a-z]{8,26}) ([1-9]\d{0,14})\n/;

/** The id by which the server knows a message again for two minutes. */
export function messageId(node: string, { seq, key }: Batch): string {
  if (key === undefined) return `${node}:${seq}`;
  // A key may hold anything, a header may not.
  return `key:${createHash('sha256').update(key).digest('base64url')}`;
}

export function toPayload(node: string, { seq, entries }: Batch): Uint8Array {
  return new TextEncoder().encode(`${node} ${seq}\n${entriesToText(entries)}`);
}

/** @returns undefined when no node has written it. */
export function fromPayload(payload: Uint8Array): Contents | undefined {
  const text = new TextDecoder().decode(payload);
  const [start, node, seq] = head.exec(text) ?? [];
  const entries = start === undefined ? undefined : entriesFromText(text.slice(start.length));
  return node === undefined || entries === undefined ? undefined : { node, seq: Number(seq), entries };
}
