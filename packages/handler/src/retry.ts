import type { HandlerContext } from './handler-context.ts';

/** Draws when a client is to come back to a server that goes down. Units: milliseconds. */
export function drawRetry(service: HandlerContext): number {
  return service.settings.runtime.randomInteger(500, 3000);
}
