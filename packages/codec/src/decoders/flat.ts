import type { DecodedEvent } from '../envelope.ts';
import { DecodeError } from '../errors.ts';

/**
 * Makes an event of the fields of a classic frame; takes the map over.
 *
 * @throws {DecodeError} `missing-event` — there is no `p_event`.
 */
export function toDecodedEvent(fields: Map<string, string>): DecodedEvent {
  const event = fields.get('p_event');
  if (event === undefined || event === '') throw new DecodeError('missing-event', 0);
  fields.delete('p_event');
  return { event, fields };
}
