import type { CloseReason, Session } from '@cometkit/core';
import { control } from '../call.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { ResponseFrames } from '../response-frames.ts';
import { drawRetry } from '../retry.ts';

/**
 * Makes the last frames of a channel that the server ends.
 *
 * @remarks
 * A session that goes no further gets `abort`; at a shutdown it includes a random delay after which to reconnect,
 * different for each client.
 *
 * @returns an empty text if the client left, or was silent and may come back to its session. A superseded client whose
 *   format carries no cursors gets nothing either: its loop ends because no `refresh` comes.
 */
export function closingFrames(frames: ResponseFrames, reason: CloseReason, handler: HandlerContext): string {
  if (reason === 'left' || reason === 'unresponsive') return '';
  const time = ['time', handler.time] as const;
  const modern = frames.format.cursors;
  if (reason === 'superseded') return modern ? frames.control(control('superseded', [time])) : '';
  if (!modern) return frames.numbered(control('abort', [time, ['reason', reason]]));
  const retry = reason === 'shutdown' ? drawRetry(handler) : undefined;
  const abort = frames.control(control('abort', [['reason', reason], ['retryMs', retry], time]));
  return withRetry(frames, retry, abort);
}

/**
 * Makes the last frames of a stream whose client is to open it again, elsewhere: they name the place to go on from.
 *
 * @param waitMs - when the client opens it, in milliseconds.
 * @param time - in Unix milliseconds.
 */
export function movingFrames(frames: ResponseFrames, session: Session, waitMs: number, time: number): string {
  const refresh = control('refresh', [
    ['waitMs', waitMs],
    ['cursor', session.cursor],
    ['time', time],
  ]);
  return withRetry(frames, waitMs, frames.control(refresh));
}

// A bare EventSource comes back by itself, after this time.
function withRetry(frames: ResponseFrames, retryMs: number | undefined, words: string): string {
  const sse = frames.format.contentType === 'text/event-stream';
  return sse && retryMs !== undefined ? `retry: ${retryMs}\n\n${words}` : words;
}
