/**
 * Calls back when the page or the computer may have been suspended: on `online`, `pageshow` and `visibilitychange`.
 *
 * It does nothing outside of a page.
 *
 * @returns a function that stops it.
 */
export function watchPageLifecycle(wake: () => void): () => void {
  const { addEventListener } = globalThis as Partial<typeof globalThis>;
  const stop = new AbortController();
  for (const type of ['online', 'pageshow', 'visibilitychange'])
    addEventListener?.(type, wake, { signal: stop.signal });
  return () => stop.abort();
}
