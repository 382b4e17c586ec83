import type { ShowDevtools } from './devtools.ts';

/** Shows nothing. */
export const showDevtools: ShowDevtools = () => () => undefined;
