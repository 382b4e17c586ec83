import type { CloseReason } from '@cometkit/core';
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
  return frames.format.contentType === 'text/event-stream' && retry !== undefined
    ? `retry: ${retry}\n\n${abort}`
    : abort;
}
