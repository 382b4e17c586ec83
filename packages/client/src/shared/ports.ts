import type { Notices } from '../notices.ts';
import type { ClientRuntime } from '../runtime.ts';

/** What tabs of one origin share. A test brings its own. */
export interface SharedPorts {
  /** Locks that one tab at a time holds. */
  readonly locks: TabLocks;
  /** Opens the channel of a name, on which every tab hears all others. */
  openChannel(name: string): TabChannel;
}

/** As much of Web Locks as leadership needs. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    held: () => Promise<void>,
  ): Promise<unknown>;
}

/** As much of a `BroadcastChannel` as tabs need. */
export interface TabChannel {
  postMessage(message: unknown): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  close(): void;
}

/** Returns the browser's own; undefined where one of the two is missing: then every tab is on its own. */
export function systemPorts(): SharedPorts | undefined {
  const { navigator, BroadcastChannel } = globalThis as {
    navigator?: { readonly locks?: TabLocks };
    BroadcastChannel?: new (name: string) => TabChannel;
  };
  const locks = navigator?.locks;
  if (locks === undefined || BroadcastChannel === undefined) return undefined;
  return { locks, openChannel: (name) => new BroadcastChannel(name) };
}

/** Tells the application of a page, by the event `error`, that its tabs cannot share; elsewhere there are no tabs. */
export function warnOfNoPorts(runtime: ClientRuntime, notices: Notices): void {
  if ((globalThis as { document?: unknown }).document === undefined) return;
  const reason =
    'every tab has a session of its own: Web Locks and BroadcastChannel need https: or localhost';
  // Later, when the application listens.
  runtime.setTimer(() => notices.error({ code: 'unsupported', reason }), 0);
}
