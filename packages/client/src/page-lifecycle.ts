/**
 * Calls back when the computer or the page may have been away: back online, back from the back/forward cache, shown or
 * hidden.
 *
 * Shape: gives what stops it; does nothing where there are no such events.
 */
export function watchPageLifecycle(wake: () => void): () => void {
  const { addEventListener } = globalThis as Partial<typeof globalThis>;
  const stop = new AbortController();
  for (const type of ['online', 'pageshow', 'visibilitychange'])
    addEventListener?.(type, wake, { signal: stop.signal });
  return () => stop.abort();
}
