import type { DecodedEvent } from '../envelope.ts';
import { DecodeError } from '../errors.ts';

/**
 * Turns the fields of a classic frame into an event. The event keeps the map.
 *
 * @throws {DecodeError} `missing-event` — there is no `p_event`.
 */
export function toDecodedEvent(fields: Map<string, string>): DecodedEvent {
  const event = fields.get('p_event');
  if (event === undefined || event === '') throw new DecodeError('missing-event', 0);
  fields.delete('p_event');
  return { event, fields };
}
