import type { Client } from '@cometkit/client';

/** What the panel looks at: every client, also that of `createSharedClient`, and of `useComet()` in React. */
export type ObservedClient = Pick<Client, 'state' | 'id' | 'transport' | 'cursor' | 'on' | 'off'>;

/** Options of the panel. */
export interface DevtoolsOptions {
  /** Show all of it at once, and not only its button. @defaultValue false */
  readonly open?: boolean | undefined;
}

/**
 * Shows a panel for a client in a corner of the page: state, transport, session, rate, latency, gaps, the last events.
 *
 * It only reads, through the client's public properties and events. In a production bundle it is an empty function; where there
 * is no document, it does nothing.
 *
 * @returns a function that takes the panel away.
 * @throws {TypeError} the client is none, or an option is unknown or of the wrong type.
 */
export type ShowDevtools = (client: ObservedClient, options?: DevtoolsOptions) => () => void;
