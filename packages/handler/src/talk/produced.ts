/** What a program produces, a value at a time. */
export type Produced = AsyncIterable<unknown> | Iterable<unknown>;

/** After so many events others have their turn: a producer that never waits would stop the process otherwise. */
export const eventsPerTurn = 64;

/**
 * Ends an iteration as soon as a signal is aborted. A loop asks for its end only behind the next value, which may never come: the
 * listener of an emitter would stay for ever.
 *
 * @throws {TypeError} it is no iteration.
 */
export function released(
  produced: Produced,
  signal: AbortSignal,
  report: (error: unknown) => void,
): Produced {
  if (typeof produced !== 'object' || produced === null) throw notIterable();
  if (!(Symbol.asyncIterator in produced)) {
    if (Symbol.iterator in produced) return produced;
    throw notIterable();
  }
  const iterator = produced[Symbol.asyncIterator]();
  const release = async (): Promise<void> => void (await iterator.return?.());
  signal.addEventListener('abort', () => void release().catch(report), { once: true });
  return { [Symbol.asyncIterator]: () => iterator };
}

function notIterable(): TypeError {
  return new TypeError(
    'a producer returns what can be iterated, as an async generator (async function*) does',
  );
}
