/**
 * A panel for the page that shows what a client does; nothing of it in a production bundle.
 *
 * @packageDocumentation
 */
import type { ShowDevtools } from './devtools.ts';
import { showDevtools as showNothing } from './production.ts';
import { showPanel } from './show.ts';

export type { DevtoolsOptions, ObservedClient, ShowDevtools } from './devtools.ts';

declare const process: { readonly env: { readonly NODE_ENV?: string } };

// Bundlers put a text in the place of these very words, see that one side is never taken, and leave it out.
/** Shows a panel for a client; see {@link ShowDevtools}. In a production bundle it is an empty function. */
export const showDevtools: ShowDevtools = process.env.NODE_ENV === 'production' ? showNothing : showPanel;
