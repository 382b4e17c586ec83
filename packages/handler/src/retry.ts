import type { Service } from './service.ts';

/** Draws when a client is to come back to a server that goes down. Units: milliseconds. */
export function drawRetry(service: Service): number {
  return service.settings.runtime.randomInteger(500, 3000);
}
