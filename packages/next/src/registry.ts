import type { createFetchHandler, FetchHandler, Hub, HubOptions } from '@cometkit/fetch';

/** A hub of this process and what was made with it. */
export interface Entry {
  readonly hub: Hub;
  readonly hubOptions: HubOptions | undefined;
  /** Of the module instance that made the hub: Next has several, and the two must know each other's classes. */
  readonly createFetchHandler: typeof createFetchHandler;
  readonly handlers: Set<FetchHandler>;
}

/** What all module instances of a process share. */
interface Registry {
  readonly entries: Map<string, Entry>;
  draining: boolean;
  /** True once this process ends: its hubs are left by their clients, or closed. */
  drained?: boolean;
}

const key = Symbol.for('@cometkit/next/hub@1');

/**
 * Returns the one table of this process.
 *
 * It is on `globalThis`, since Next gives pages, instrumentation and, after an edit in development, every route its own
 * instance of a module.
 */
export function registry(): Registry {
  const shared = globalThis as { [key]?: Registry };
  shared[key] ??= { entries: new Map(), draining: false };
  return shared[key];
}
