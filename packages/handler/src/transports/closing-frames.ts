import type { CloseReason } from '@cometkit/core';
import { control } from '../call.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { ResponseFrames } from '../response-frames.ts';
import { drawRetry } from '../retry.ts';

/**
 * What a channel says before it ends for a reason of the server's.
 *
 * Shape: nothing when the client left, or when it was silent and may come back to its session. A superseded client that keeps
 * no place gets nothing either: its loop ends because no `refresh` comes. Everything else is `abort`: this session will
 * not go on. At a shutdown the others are told when to come back, each at another time.
 */
export function closingFrames(frames: ResponseFrames, reason: CloseReason, service: HandlerContext): string {
  if (reason === 'left' || reason === 'unresponsive') return '';
  const time = ['time', service.time] as const;
  const modern = frames.format.cursors;
  if (reason === 'superseded') return modern ? frames.control(control('superseded', [time])) : '';
  if (!modern) return frames.numbered(control('abort', [time, ['reason', reason]]));
  const retry = reason === 'shutdown' ? drawRetry(service) : undefined;
  const abort = frames.control(control('abort', [['reason', reason], ['retryMs', retry], time]));
  return frames.format.contentType === 'text/event-stream' && retry !== undefined
    ? `retry: ${retry}\n\n${abort}`
    : abort;
}
