/**
 * Runs the sources: each reads, publishes what it found, and sleeps until its next turn.
 *
 * A source is `{ everyMs, read() }`; `read` is a generator (async or not) of `{ subject, data }`.
 * A turn is never started while the one before it still reads, and the rhythm does not drift.
 */
export function startSources(sources, publish) {
  const stops = sources.map((source) => startSource(source, publish));
  return () => {
    for (const stop of stops) stop();
  };
}

function startSource(source, publish) {
  let timer;
  let stopped = false;
  let dueAt = performance.now();

  async function turn() {
    await readOnce(source, (subject, data) => stopped || publish(subject, data));
    if (stopped) return;
    // After a long sleep of the machine the turns that were missed are not made up for.
    dueAt = Math.max(dueAt + source.everyMs, performance.now());
    timer = setTimeout(turn, dueAt - performance.now());
  }

  void turn();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** One failing read must not end the source: the next turn may find the file again. */
async function readOnce(source, publish) {
  try {
    for await (const { subject, data } of source.read()) publish(subject, data);
  } catch (error) {
    if (source.lastError === error.message) return;
    source.lastError = error.message;
    console.error(`A reading failed and will be tried again: ${error.message}`);
  }
}
