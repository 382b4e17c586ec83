import { CometError } from '@cometkit/core';
import type { Answers } from '../answers.ts';
import { checkListen, silentEnd } from './cut.ts';
import { refuse } from './refusal.ts';
import { seenCursor, seenHeaders } from './seen-cookie.ts';

const harmless = /^[\w./:-]{1,64}$/;

/** How the classic dialect answers. */
export const classicAnswers: Answers = {
  knownByAddress: true,
  tellsKey: false,
  leaseMs: ({ classicLeaseMs }, { leaseMs }) => Math.max(classicLeaseMs, leaseMs),
  formatName: ({ name }) => name,
  waitMs: () => undefined,
  refreshQuery: ({ id, cursor }) => `p_id=${id}&p_event=refresh&p_ack=${cursor}`,
  checkListen,
  silentEnd,
  seenHeaders,
  seenCursor,
  unknownSubscription,
  refuse,
};

// The original names the subscription in its reason, and programs display it. Anything but plain characters is left
// out.
function unknownSubscription(error: unknown, sid: string | undefined): unknown {
  const unknown = error instanceof CometError && error.code === 'unknown-subscription';
  if (!unknown || sid === undefined || !harmless.test(sid)) return error;
  return new CometError('unknown-subscription', `no subscription for sid=${sid}`, {}, { cause: error });
}
