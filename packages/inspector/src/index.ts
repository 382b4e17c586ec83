/**
 * What a hub does, on a page for who operates it: sessions, subjects, rates, and why an event did not arrive.
 *
 * @packageDocumentation
 */
export { type Explanation, explain, type Who } from './explain.ts';
export { createInspector, type Inspector } from './inspector.ts';
export type { InspectorAction, InspectorOptions } from './options.ts';
export type { Serving } from './source.ts';
