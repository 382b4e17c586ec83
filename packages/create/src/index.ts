/**
 * What `npm create cometkit` runs, as a function.
 *
 * @packageDocumentation
 */
export { run } from './program.ts';
export type { Surroundings } from './surroundings.ts';
