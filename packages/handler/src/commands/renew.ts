import { CometError } from '@cometkit/core';
import { answer } from '../answer.ts';
import { control, type SessionCall } from '../call.ts';
import type { HttpResponse } from '../http.ts';
import { askAboutAll } from '../reauthorize.ts';
import { admitAgain } from '../same-user.ts';

/**
 * `renew`: shows fresh credentials for a session that goes on. The join hook is asked, then the subscribe hook for each subscription;
 * those that it refuses end. Where no hook says who may join, nothing that a client shows changes what the application has set.
 *
 * @throws {CometError} `unknown-session` — the join hook refused, or named another user: the session has ended.
 * @throws {CometError} `unknown-command` — in the dialect of the original, where a link could ask for it.
 */
export async function renew(call: SessionCall): Promise<HttpResponse> {
  const { handler, session, command } = call;
  const { dialect } = command;
  if (!dialect.hasRequests)
    throw new CometError('unknown-command', `${dialect.nameOf('type')} names no command`, {});
  try {
    if (handler.guards.join !== true) await admitAgain(call);
  } catch (error) {
    if (error instanceof CometError && error.code === 'unknown-session')
      handler.hub.leave(session, 'revoked');
    throw error;
  }
  await askAboutAll(call);
  return answer(call, [control('renew-ack', [['time', handler.time]])]);
}
