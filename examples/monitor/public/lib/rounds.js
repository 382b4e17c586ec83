/**
 * Runs `round(signal)` again and again until stopped. A round that fails is tried again after a second, then after
 * two, four, eight at most; `onTrouble` is given the error.
 */
export function rounds(round, onTrouble) {
  let controller;
  return {
    start() {
      controller?.abort();
      controller = new AbortController();
      void run(round, onTrouble, controller.signal);
    },
    stop() {
      controller?.abort();
    },
  };
}

async function run(round, onTrouble, signal) {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await round(signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      onTrouble(error);
      await sleep(1000 * 2 ** Math.min(failures, 3), signal);
      failures = error.gone ? 0 : failures + 1; // an answer, whatever it says: the server is there
    }
  }
}

/** Resolves after the time or when the signal says stop, whichever comes first. */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake); // or a signal that lives long collects them
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
}
