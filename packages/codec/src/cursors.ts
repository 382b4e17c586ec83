import { ClassicFormat } from './classic-format.ts';
import type { Format } from './format.ts';

/**
 * The form of a format for a reader that keeps its place in the log.
 *
 * Shape: in the classic formats items carry `p_cur`, and their data as one field `data` of JSON text; the others are so
 * already and stay themselves.
 */
export function withCursors(format: Format): Format {
  return format instanceof ClassicFormat ? format.withCursors() : format;
}
