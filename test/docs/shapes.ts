import { type Fields, readElements } from '../classic/kit/readers.ts';

/** The type of a message, in the names of either dialect, and the names of its fields, in the order of the alphabet. */
export type Shape = readonly [type: string, ...names: string[]];

function shapeOf(event: Readonly<Record<string, unknown>>): Shape {
  return [String(event['type'] ?? event['p_event']), ...Object.keys(event).sort()];
}

/** The shapes of the lines that are whole. */
export function shapesOfLines(text: string): Shape[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => shapeOf(JSON.parse(line)));
}

/** The shapes of the elements that are whole. */
export function shapesOfElements(text: string): Shape[] {
  return readElements(text).map((event: Fields) => shapeOf(event));
}
