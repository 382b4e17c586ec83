/**
 * The command line of CometKit, as a function.
 *
 * @packageDocumentation
 */
export { run } from './program.ts';
export type { Surroundings } from './surroundings.ts';
