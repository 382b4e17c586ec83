import type { SessionCall } from './call.ts';
import { answersIn } from './dialects/answers-in.ts';
import { resumeCursor } from './resume-cursor.ts';
import { contextOf, type GivenAnswer } from './session-context.ts';

// A client that waits as long as asked may still be early, because its clock is another one. In milliseconds.
const earlyMs = 250;

/**
 * Decides whether the last answer arrived, when a long-poll or poll client comes back without an acknowledgement, and
 * acknowledges it if it did.
 *
 * @returns the number of items to send again, unchanged, or undefined to continue.
 */
export function settleLast(call: SessionCall): number | undefined {
  const given = unsettled(call);
  if (given === undefined) return undefined;
  const { session, handler } = call;
  const policy = handler.settings.redelivery;
  const proof = proofOf(call, given);
  const retried =
    policy === 'off' ? given.complete === false : proof === undefined ? isEarly(call, given) : !proof;
  if (retried) return given.count;
  const position = proof === undefined && policy === 'always' ? given.again : given.position;
  if (position > session.acked) session.ack(position);
  return undefined;
}

/** Confirms the last answer when a client listens again and proves that it arrived; otherwise it is sent again. */
export function settleBeforeListening(call: SessionCall): void {
  const given = unsettled(call);
  if (given !== undefined && proofOf(call, given) === true) call.session.ack(given.position);
  const context = contextOf(call.session);
  if (context !== undefined) context.answer = undefined;
}

function unsettled(call: SessionCall): GivenAnswer | undefined {
  const { session } = call;
  const given = contextOf(session)?.answer;
  if (given === undefined || session.acknowledges || resumeCursor(call) !== undefined) return undefined;
  return given.count > 0 && given.position > session.acked ? given : undefined;
}

// True: it arrived. False: it did not, so this request is a retry. Undefined: unknown. A cookie proves that the head
// of the answer arrived, and a client that got no more than that does not ask for the next. The same connection proves
// that earlier data on it was read; over a proxy it proves less, so the cookie is checked first.
function proofOf(call: SessionCall, given: GivenAnswer): boolean | undefined {
  const seen = answersIn(call.format).seenCursor(call);
  if (seen !== undefined) return given.left && seen === given.reached;
  const { connection } = call.request;
  if (connection !== undefined && given.carriers?.has(connection) === true) return true;
  return given.complete === true ? undefined : false;
}

function isEarly({ handler }: SessionCall, { endedAt, waitMs }: GivenAnswer): boolean {
  return handler.settings.runtime.now() < endedAt + waitMs - earlyMs;
}
