/**
 * The panel for pages without a bundler. There is no production here: import it only where you want it.
 *
 * @packageDocumentation
 */
export type { DevtoolsOptions, ObservedClient, ShowDevtools } from './devtools.ts';
export { showPanel as showDevtools } from './show.ts';
