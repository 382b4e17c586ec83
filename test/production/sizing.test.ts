import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { createHub } from '@cometkit/handler';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { heapAfter } from '../core/heap.ts';
import { textOf } from '../docs/blocks.ts';
import { eventually } from '../support/eventually.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const KiB = 1024;
const MiB = 1024 * KiB;

/** A figure of the formula, as the guide has it. */
function figure(name: string): number {
  const [, text] =
    new RegExp(`^\\| ${name} \\| ([\\d.]+) `, 'm').exec(textOf('docs/guides/production.md')) ?? [];
  if (text === undefined) throw new Error(`the guide has no figure ${name}`);
  return Number(text);
}

/** Resident memory of a process, in bytes. */
function resident(pid: number): number {
  const [, kB] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB) * KiB;
}

async function openStreams(port: number, count: number): Promise<net.Socket[]> {
  const sockets = Array.from({ length: count }, () => net.connect(port, '127.0.0.1'));
  let answered = 0;
  for (const socket of sockets) {
    socket.once('data', () => {
      answered += 1;
    });
    socket.on('error', () => undefined);
    socket.write('GET /push?subject=/elsewhere HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n');
  }
  await eventually('all streams', () => answered === count, 40_000);
  return sockets;
}

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);

describe('the formula of docs/guides/production.md', () => {
  it('holds for the log', () => {
    const data = 'x'.repeat(KiB);
    const bytes = 8 * MiB;
    const used = heapAfter(() => {
      const hub = createHub({ log: { maxBytes: bytes, maxEvents: 1_000_000 } });
      for (let n = 0; n < bytes / KiB; n += 1) hub.publish('/a', `${n}${data}`);
      return hub;
    });
    const { floor, factor } = { floor: 0.5, factor: figure('log') };
    expect(used / bytes).toBeLessThan(factor);
    expect(used / bytes).toBeGreaterThan(floor);
  });

  it.skipIf(process.platform !== 'linux')('holds for a process and the clients that wait', async () => {
    const folder = fileURLToPath(new URL('../../examples/deploy', import.meta.url));
    const env = { ...process.env, PORT: '0', ROOM_PORT: '0', DRAIN_MS: '0', NODE_OPTIONS: '' };
    const server = spawn(process.execPath, ['server.mjs'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    server.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const port = await eventually('the server', () => /^push: .*:(\d+)$/m.exec(output)?.[1], 40_000);
    const count = 1000;
    const sockets = await openStreams(Number(port), count);
    const used = resident(server.pid as number);
    for (const socket of sockets) socket.destroy();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
    const said = figure('process') * MiB + count * figure('client') * KiB;
    expect(used).toBeLessThan(said);
    expect(used).toBeGreaterThan(said / 3);
  });
});
