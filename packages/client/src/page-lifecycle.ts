/**
 * Calls back when the page or the computer may have been suspended: on `online`, `pageshow` and `visibilitychange`.
 *
 * It does nothing outside of a page.
 *
 * @param gone - called when the page is over, and not to be shown again from the cache of pages.
 * @returns a function that stops it.
 */
export function watchPageLifecycle(wake: () => void, gone: () => void): () => void {
  const { addEventListener } = globalThis as Partial<typeof globalThis>;
  const stop = new AbortController();
  const { signal } = stop;
  for (const type of ['online', 'pageshow', 'visibilitychange']) addEventListener?.(type, wake, { signal });
  addEventListener?.('pagehide', ({ persisted }) => persisted || gone(), { signal });
  return () => stop.abort();
}
