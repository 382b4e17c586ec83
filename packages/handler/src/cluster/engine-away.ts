import { CometError } from '@cometkit/core';

/** The engine of a cluster has refused, or did not answer: a client that comes back in a few seconds may find it again. */
export class EngineAway extends CometError<'too-busy'> {
  constructor(cause?: unknown) {
    super('too-busy', 'this server has lost its connection to the others', { limit: 0 }, { cause });
  }
}

/**
 * Waits for the engine.
 *
 * @throws {EngineAway} — it failed; the cause says how.
 */
export async function fromEngine<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof CometError ? error : new EngineAway(error);
  }
}
