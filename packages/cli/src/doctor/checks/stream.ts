import type { Arrival, Channel } from '../channel.ts';
import type { Finding } from '../finding.ts';
import { isCometKit } from '../messages.ts';
import type { Patient } from '../patient.ts';
import type { Remedy } from '../remedies.ts';
import { said } from './limits.ts';

const ackWithinMs = 5000;
const beatWithinMs = 3000;
const beats = 8;
const pauseMs = 10;
const lateMs = 100;

/** What was found out about a stream. */
export interface StreamResult {
  readonly findings: readonly Finding[];
  /** The open channel when all is well with it, and what the server says of it. */
  readonly channel: Channel;
  readonly usable: boolean;
  /** The longest silence of the server, in milliseconds. */
  readonly idleMs: number;
}

/** Opens a stream and has the server write heartbeats: each must arrive at once. */
export async function checkStream(patient: Patient, kind: 'stream' | 'event-source'): Promise<StreamResult> {
  const begin = performance.now();
  const channel = patient.stream(kind);
  const ack = await channel.until(({ message }) => message.type === 'listen-ack', ackWithinMs);
  const idle = ack?.message.idleMs;
  const idleMs = typeof idle === 'number' && idle > 0 ? idle : 20_000;
  const result = (finding: Omit<Finding, 'check'>, usable: boolean): StreamResult => ({
    findings: [{ check: kind, ...finding }, ...compression(channel)],
    channel,
    usable,
    idleMs,
  });
  const bad = (text: string, remedy: Remedy = 'buffering'): StreamResult =>
    result({ verdict: 'bad', text, remedy }, remedy === 'delay');
  if (ack === undefined) return bad(silent(channel, performance.now() - begin));
  const late = await latenesses(patient, channel);
  if (channel.endedAt !== undefined)
    return bad(`the stream was ended after ${seconds(channel.endedAt - begin)}`, 'idle');
  if (typeof late === 'string') return bad(late);
  // Not the middle one: on a busy computer some are late by its own work, and the first may be quick.
  const usual = late.toSorted((one, other) => one - other)[late.length >> 2] ?? 0;
  if (usual > lateMs)
    return bad(`what the server writes comes ${Math.round(usual)} ms late, each time`, 'delay');
  const within = Math.ceil(Math.max(1, usual));
  return result({ verdict: 'ok', text: `what the server writes comes at once (within ${within} ms)` }, true);
}

function silent(channel: Channel, ms: number): string {
  if (channel.endedAt === undefined) {
    const what = channel.headAt === undefined ? 'no answer' : 'nothing but headers';
    return `${what} came in ${seconds(ms)}: streams are held back`;
  }
  if (channel.status !== 200 && channel.status !== 0)
    return `streams are answered with the status ${channel.status}`;
  return `the stream was ended after ${seconds(ms)} with nothing in it`;
}

/**
 * Has heartbeats written one by one: how many milliseconds after the answer of its command each came.
 *
 * @returns a sentence when one did not come.
 */
async function latenesses(patient: Patient, channel: Channel): Promise<number[] | string> {
  const held = `a heartbeat that the server had written did not come in ${seconds(beatWithinMs)}: events are held back`;
  // The first one comes with the acknowledgement, unasked.
  let last = await channel.until(isBeat, beatWithinMs);
  const late: number[] = [];
  for (let probe = 1; probe <= beats && last !== undefined; probe++) {
    const before = last.at;
    const answer = await patient.command({ type: 'heartbeat', probe });
    const answeredAt = performance.now();
    if (!isCometKit(answer)) return `a command beside the stream does not get through: ${said(answer)}`;
    last = await channel.until((arrival) => isBeat(arrival) && arrival.at > before, beatWithinMs);
    if (last !== undefined) late.push(Math.max(0, last.at - answeredAt));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return last === undefined ? held : late;
}

function isBeat({ message }: Arrival): boolean {
  return message.type === 'heartbeat';
}

function compression({ headers }: Channel): Finding[] {
  const coding = headers['content-encoding'];
  if (coding === undefined || coding === 'identity') return [];
  const how = ['gzip', 'br', 'deflate', 'zstd'].includes(coding) ? coding : 'something unknown';
  return [
    {
      check: 'compression',
      verdict: 'bad',
      text: `streams are compressed on the way (${how}) although the server says no-transform: that costs memory for each client, and some hold events back`,
      remedy: 'compression',
    },
  ];
}

/** Writes a duration in seconds. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
