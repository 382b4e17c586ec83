import { checkOptions } from '@cometkit/core/check-options';
import type { CloseOptions } from '@cometkit/fetch';
import { closeRules } from '@cometkit/fetch/adapter';
import { registry } from './registry.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends open streams and held polls when the process gets a signal to stop, so that Next can exit. Call it in `instrumentation.ts`.
 *
 * Further calls in the same process do nothing.
 *
 * @param options - with `drainMs`, clients are first sent elsewhere, a few at a time.
 * @throws {RangeError | TypeError} an option is out of its range or not known.
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
export function registerDrain(options: CloseOptions = {}): void {
  checkOptions(options, closeRules);
  const shared = registry();
  if (shared.draining) return;
  shared.draining = true;
  for (const signal of signals) process.once(signal, () => void goWith(signal, options));
}

/** Whether new clients are welcome, for the readiness check of a balancer: false once this process drains. */
export function ready(): boolean {
  return registry().drained !== true;
}

/**
 * Ends every session of every hub of this process, and resolves when the answers have left.
 *
 * @param options - with `drainMs`, clients are first sent elsewhere, a few at a time.
 * @throws {RangeError | TypeError} an option is out of its range or not known.
 */
export async function drain(options: CloseOptions = {}): Promise<void> {
  const shared = registry();
  const { entries } = shared;
  checkOptions(options, closeRules);
  shared.drained = true;
  await Promise.all(
    [...entries.values()].flatMap(({ handlers }) => [...handlers].map((handler) => handler.close(options))),
  );
  for (const { hub } of entries.values()) hub.close();
}

// A listener takes the signal's usual effect away. Where nobody else acts on it, that has to be given back.
async function goWith(signal: NodeJS.Signals, options: CloseOptions): Promise<void> {
  await drain(options);
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
