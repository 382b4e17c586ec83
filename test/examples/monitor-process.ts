import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const server = fileURLToPath(new URL('../../examples/monitor/server.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../packages/express/dist/index.js', import.meta.url));

/** The example as a process of its own, the way `npm start` runs it. */
export interface Monitor {
  readonly origin: string;
  /** All that it has printed so far. */
  printed(): string;
  /** Sends a signal. @returns the exit code (null when the signal killed it) and how many ms the end took. */
  end(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly ms: number }>;
}

/**
 * Starts the example on a free port and waits for the address that it prints.
 *
 * @throws Error — the packages are not built, or the process ended before it printed an address.
 */
export async function startMonitor(env: Record<string, string> = {}): Promise<Monitor> {
  if (!existsSync(built)) throw new Error('The example runs the built packages: run "npx tsc -b" first.');
  const child = spawn(process.execPath, [server], { env: { ...process.env, PORT: '0', ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const origin = await addressOf(child, () => output);
  return { origin, printed: () => output, end: (signal = 'SIGTERM') => end(child, signal) };
}

function addressOf(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with code ${code}: ${output()}`)));
    child.stdout?.on('data', () => {
      // The curl line comes last: with it everything is printed.
      const found = /curl -N '(http:\/\/[^/]+)\//.exec(output());
      if (found?.[1] !== undefined) resolve(found[1]);
    });
  });
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; ms: number }> {
  if (child.exitCode !== null || child.signalCode !== null) return { code: child.exitCode, ms: 0 };
  const startedAt = performance.now();
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return { code, ms: performance.now() - startedAt };
}
