import type { Format } from '@cometkit/codec';
import type { Session, Subscription } from '@cometkit/core';
import { control } from '../call.ts';
import type { ResponseFrames } from '../response-frames.ts';
import { contextOf } from '../session-context.ts';

/**
 * What tells a client of subscriptions that were taken away: one event for each, in modern formats.
 *
 * @param time - in Unix milliseconds.
 */
export function revokedWords(
  frames: ResponseFrames,
  subscriptions: readonly Subscription[],
  time: number,
): string {
  if (!frames.format.cursors) return '';
  const words = subscriptions.map(({ id, pattern, label }) =>
    control('revoked', [
      ['subscription', id],
      ['subject', pattern],
      ['label', label],
      ['time', time],
    ]),
  );
  return words.map((event) => frames.control(event)).join('');
}

/** Lists the subscriptions that were revoked since an answer last reported any. If it is lost, the next listen reports them. */
export function untoldOf(session: Session, format: Format): readonly Subscription[] {
  const { takenAway } = session;
  if (takenAway.length === 0 || !format.cursors) return [];
  const told = contextOf(session)?.toldOf;
  return takenAway.slice(told === undefined ? 0 : takenAway.indexOf(told) + 1);
}

/** The same in words, which count as told. */
export function tellRevoked(frames: ResponseFrames, session: Session, time: number): string {
  const untold = untoldOf(session, frames.format);
  const context = contextOf(session);
  if (context !== undefined) {
    context.toldBefore = context.toldOf;
    context.toldOf = untold.at(-1) ?? context.toldOf;
  }
  return untold.length === 0 ? '' : revokedWords(frames, untold, time);
}

/**
 * Lets the next answer report again what the last one did, because its client names another place than the one it led to: a
 * proxy asked twice, and only the second answer got through.
 *
 * @param after - the cursor that the client named.
 */
export function retellRevoked(session: Session, after: string | undefined): void {
  const context = contextOf(session);
  if (context?.answer === undefined || after === undefined || after === context.answer.reached) return;
  context.toldOf = context.toldBefore;
}
