import type { Frame } from '@cometkit/core/cluster';
import { entriesFromText } from '@cometkit/core/engine-kit';
import type { Reply } from './connection.ts';

/** What the log holds at one place, before anybody has looked into it. */
export interface StreamEntry {
  /** Its last position; undefined when its id is none that a node gives. */
  readonly last: number | undefined;
  readonly head: FrameHead | undefined;
  readonly text: string;
}

/** What stands above the entries of a frame. */
export interface FrameHead {
  readonly epoch: string;
  /** Tag of the frame before it. */
  readonly before: number;
  readonly tag: number;
  readonly node: string;
  readonly seq: number;
  readonly count: number;
  /** Unix milliseconds, by the clock of the engine. */
  readonly time: number;
}

const headPattern =
  /^([0-9a-z]{1,13}) (\d{1,10}) (\d{1,10}) ([0-9a-z]{8,26}) (\d{1,16}) (\d{1,3}) (\d{1,16})$/;
const idPattern = /^1-(\d{1,16})$/;
const maxTag = 0xffff_ffff;

/** Reads the entries of a part of the stream, oldest first. Anything else that an answer holds is left out. */
export function toStreamEntries(reply: Reply | undefined): StreamEntry[] {
  return Array.isArray(reply) ? reply.map(toStreamEntry) : [];
}

function toStreamEntry(reply: Reply): StreamEntry {
  const [id, fields] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
  const [h, head, f, text] = Array.isArray(fields) ? (fields as readonly Reply[]) : [];
  const last = Number(idPattern.exec(String(id))?.[1] ?? Number.NaN);
  const right = h === 'h' && f === 'f' && typeof text === 'string';
  return {
    last: Number.isSafeInteger(last) ? last : undefined,
    head: right ? toHead(String(head)) : undefined,
    text: right ? text : '',
  };
}

function toHead(text: string): FrameHead | undefined {
  const [, epoch, before, tag, node, seq, count, time] = headPattern.exec(text) ?? [];
  if (epoch === undefined || node === undefined) return undefined;
  const head = {
    epoch,
    before: Number(before),
    tag: Number(tag),
    node,
    seq: Number(seq),
    count: Number(count),
    time: Number(time),
  };
  return head.count >= 1 && head.count <= 256 && head.tag <= maxTag ? head : undefined;
}

/** @returns undefined when the text is not as many entries as the head says. */
export function toFrame(head: FrameHead, last: number, text: string): Frame | undefined {
  const entries = entriesFromText(text);
  if (entries?.length !== head.count) return undefined;
  const { epoch, tag, time, node, seq } = head;
  return { epoch, first: last - head.count + 1, tag, time, node, seq, entries };
}
