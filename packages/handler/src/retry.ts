import type { HandlerContext } from './handler-context.ts';

/**
 * Picks a random delay after which a client reconnects to a server that shuts down.
 *
 * @returns milliseconds.
 */
export function drawRetry(handler: HandlerContext): number {
  return handler.settings.runtime.randomInteger(500, 3000);
}
