import { isPromise } from '../authorize.ts';
import { type Words, wordsIn } from './request-error.ts';
import type { Answer, GivenUp } from './running-requests.ts';
import { isGivenUp, type Surroundings } from './surroundings.ts';

/** A request on its way to its answer. */
export interface Run {
  /** Calls its handler. */
  call(): unknown;
  readonly abort: GivenUp;
  /** How long the handler may take, in milliseconds. */
  readonly limitMs: number;
  /** Names the handler in a report. */
  readonly where: string;
  /** Sends the answer; throws if the value cannot be one. */
  answer(answer: Answer): void;
}

const failure: Words = { code: 'failed', reason: 'the server failed; its log says why' };

/**
 * Calls the handler of a request, in a turn of its own, and answers with what it returns, throws, or that its time is over. What it
 * throws beside a `RequestError` is reported, and the client learns no more than that it failed.
 */
export function carryOut(run: Run, { later, report }: Surroundings): void {
  const { call, abort, limitMs, where } = run;
  const failed = (error: unknown): void => {
    const words = wordsIn(error);
    if (words === undefined && !(abort.aborted && isGivenUp(error, abort.signal()))) report(error, where);
    run.answer({ error: words ?? failure });
  };
  const succeeded = (value: unknown): void => {
    try {
      run.answer({ value: value ?? null });
    } catch (error) {
      failed(error);
    }
  };
  const cancel = later(() => {
    const late = new Error(`no answer within ${limitMs} ms`);
    report(late, where);
    run.answer({ error: { code: 'timeout', reason: 'the server took too long' } });
    abort.abort(late);
  }, limitMs);
  void Promise.resolve()
    .then(call)
    .then(succeeded, failed)
    .catch((error) => report(error, where))
    .finally(cancel);
}

/** Calls what may fail, now or later. */
export function attempt(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const said: unknown = call();
    // Not all that can be awaited is a promise.
    if (isPromise(said)) Promise.resolve(said).catch(failed);
  } catch (error) {
    failed(error);
  }
}
