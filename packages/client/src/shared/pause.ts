/**
 * Waits for a moment also in a hidden page, whose timers browsers run once a second or once a minute: there it is messages to
 * itself that pass the time, which are not held back.
 *
 * @returns what gives the wait up.
 */
export function pause(ms: number, done: () => void): () => void {
  const { document } = globalThis as { document?: { readonly hidden: boolean } };
  if (document?.hidden !== true) {
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  }
  const { port1, port2 } = new MessageChannel();
  const end = performance.now() + ms;
  const stop = (): void => port1.close();
  port1.onmessage = () => {
    if (performance.now() < end) {
      port2.postMessage(undefined);
      return;
    }
    stop();
    done();
  };
  port2.postMessage(undefined);
  return stop;
}
