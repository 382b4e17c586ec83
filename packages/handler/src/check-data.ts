import { CometError, type JsonValue } from '@cometkit/core';
import { inTime, isPromise } from './authorize.ts';
import type { SessionCall } from './call.ts';

/**
 * Checks what a client sends to a subject, if that has a schema.
 *
 * @returns what the schema makes of it.
 * @throws {CometError} `invalid-data` — it does not fit, or the schema failed, which is reported.
 */
export function checkData(call: SessionCall, subject: string): JsonValue | Promise<JsonValue> {
  const { handler, command } = call;
  const { schemas } = handler.talk;
  if (schemas === undefined) return command.data;
  const failed = (error: unknown): never => {
    if (error instanceof CometError) throw error;
    handler.report(error, `the schema of ${subject}`);
    const reason = 'could not be checked';
    throw new CometError('invalid-data', `the event's data ${reason}`, { reason });
  };
  try {
    // What is no JSON is refused where it is published.
    const checked = schemas.check(subject, command.data) as JsonValue | Promise<JsonValue>;
    const { hookTimeoutMs, runtime } = handler.settings;
    if (!isPromise(checked)) return checked;
    return inTime(checked, { hookTimeoutMs, later: runtime.later }).catch(failed);
  } catch (error) {
    return failed(error);
  }
}
