import { ClassicFormat } from './classic-format.ts';
import type { Format } from './format.ts';

/**
 * Returns the variant of a format in which items have their cursor, for a client that resumes.
 *
 * @returns for a classic format the variant with `p_cur`, and with the data in one field `data` of JSON text. Modern formats
 *   always have cursors and are returned unchanged.
 */
export function withCursors(format: Format): Format {
  return format instanceof ClassicFormat ? format.withCursors() : format;
}
