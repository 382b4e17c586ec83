import { registry } from './registry.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends open streams and held polls when the process gets a signal to stop, so that Next can exit. Call it in `instrumentation.ts`.
 *
 * Further calls in the same process do nothing.
 *
 * @example
 * ```ts
 * // instrumentation.ts
 * export async function register() {
 *   if (process.env.NEXT_RUNTIME !== 'nodejs') return;
 *   const { registerDrain } = await import('@cometkit/next');
 *   registerDrain();
 * }
 * ```
 */
export function registerDrain(): void {
  const shared = registry();
  if (shared.draining) return;
  shared.draining = true;
  for (const signal of signals) process.once(signal, () => void goWith(signal));
}

/** Ends every session of every hub of this process, and resolves when the answers have left. */
export async function drain(): Promise<void> {
  const shared = registry();
  const { entries } = shared;
  shared.drained = true;
  await Promise.all(
    [...entries.values()].flatMap(({ handlers }) => [...handlers].map((handler) => handler.close())),
  );
  for (const { hub } of entries.values()) hub.close();
}

// A listener takes the signal's usual effect away. Where nobody else acts on it, that has to be given back.
async function goWith(signal: NodeJS.Signals): Promise<void> {
  await drain();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
