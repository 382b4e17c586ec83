// An engine of a measurement's own, in a folder that goes with it, on the core of the generator.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCore } from './pin.mjs';

const startMs = 10_000;

/** How to start an engine, and how to ask it how many commands it has carried out. */
const kinds = {
  redis: {
    program: process.env.REDIS_PATH ?? 'redis-server',
    args: (port, folder) => [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'yes'],
    ],
    url: (port) => `redis://127.0.0.1:${port}`,
    async commands({ port }) {
      const text = await exchange(port, 'INFO stats\r\nQUIT\r\n');
      return Number(/total_commands_processed:(\d+)/.exec(text)?.[1]);
    },
  },
  nats: {
    program: process.env.NATS_PATH ?? 'nats-server',
    args: (port, folder, monitor) => [
      ...['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', folder, '-m', `${monitor}`],
    ],
    url: (port) => `nats://127.0.0.1:${port}`,
    async commands({ monitor }) {
      const answer = await fetch(`http://127.0.0.1:${monitor}/varz`);
      return (await answer.json()).in_msgs;
    },
  },
};

/** Why an engine cannot be measured here; undefined when it can. */
export function missing(kind) {
  const { program } = kinds[kind];
  const { error } = spawnSync(program, ['--version']);
  return error === undefined ? undefined : `${program} is not installed`;
}

/** Starts an engine. @returns its `kind`, `url` and `pid`; `commands()` counts what it was asked; `stop()` ends it. */
export async function startEngine(kind) {
  const { program, args, url, commands } = kinds[kind];
  const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
  const [port, monitor] = [await freePort(), await freePort()];
  const { command, args: pinned } = onCore('load', program, args(port, folder, monitor));
  const child = spawn(command, pinned, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { kind, url: url(port), pid: child.pid, commands: () => commands({ port, monitor }), stop };
}

async function answering(port, child) {
  for (const from = performance.now(); performance.now() - from < startMs; ) {
    if (child.exitCode !== null) throw new Error('the engine has ended');
    const open = await exchange(port, 'PING\r\n', true).catch(() => '');
    if (open !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the engine does not answer');
}

/** Sends a text, and gives what comes back: all of it, or the first piece. */
function exchange(port, text, first = false) {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (bytes) => {
      answer += bytes;
      if (first) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
