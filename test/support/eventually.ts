/**
 * Waits until something is there.
 *
 * @returns the first truthy value of the probe. @throws it was not there in time; the probe's own errors pass through.
 * Units: `timeoutMs` milliseconds, looked at every 10.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > end) throw new Error(`not in ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
