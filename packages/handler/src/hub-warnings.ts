import type { Hub } from '@cometkit/core';
import type { Warnings } from './warnings.ts';

/** Warns of what a hub does that its clients notice: gaps for want of room, and sessions that are ended for it. */
export function warnOfLosses(hub: Hub, warnings: Warnings): void {
  hub.on('gap', (_session, { reason }) => {
    const message = gapMessages[reason];
    if (message !== undefined) warnings.warn({ kind: `gap ${reason}`, message, details: { reason } });
  });
  hub.on('session-closed', (_session, reason) => {
    if (reason !== 'overflow') return;
    const { queueLimit: limit } = hub.limits;
    const message = `a session was ended because its queue was full (option \`overflow\`; \`queueLimit\` is ${limit})`;
    warnings.warn({ kind: 'session ended by overflow', message, details: { option: 'queueLimit', limit } });
  });
}

const longer = 'raise `log.maxEvents`, `log.maxBytes` or `log.maxAgeMs`';
const gapMessages: Readonly<Record<string, string>> = {
  trimmed: `a client came back after its events had left the log, and got a gap: ${longer}`,
  engine:
    'the engine of the cluster has lost events, and clients got a gap: see its settings for persistence',
  overflow: `a client read so slowly that its events had left the log, and got a gap: ${longer}`,
};

/** Warns of a process that stood still. @param stallMs - for so long. */
export function warnOfStall(warnings: Warnings, stallMs: number): void {
  const message = `the event loop stood still for ${Math.round(stallMs)} ms: nothing was delivered, and deadlines move by it`;
  warnings.warn({ kind: 'stall', message, details: { stallMs } });
}

interface Platform {
  readonly process?: { getBuiltinModule?(name: 'node:cluster'): { readonly isWorker: boolean } | undefined };
}

/** Warns of a hub in one of several workers of `node:cluster`, which pm2 uses too: what is published here stays here. */
export function warnOfWorkers(warnings: Warnings): void {
  if ((globalThis as Platform).process?.getBuiltinModule?.('node:cluster')?.isWorker !== true) return;
  const message = `this is a worker of node:cluster (or pm2's cluster mode), and its hub is its own: a client whose requests meet several workers loses its session, and events reach those of one worker alone; see ${oneProcess}`;
  warnings.warn({ kind: 'one of several workers', message });
}

const oneProcess = 'https://github.com/cometkit/cometkit/blob/main/docs/guides/production.md#one-process';
