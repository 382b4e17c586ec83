import type { CloseReason } from '@cometkit/core';
import { control } from '../call.ts';
import type { ResponseFrames } from '../response-frames.ts';
import type { Service } from '../service.ts';

const retryMs = { min: 500, max: 3000 };

/**
 * What a channel says before it ends for a reason of the server's.
 *
 * Shape: nothing when the client left. A superseded classic client is told nothing either: its loop ends because no
 * `refresh` comes. Everything else is `abort`: this session will not go on. At a shutdown modern clients are told when
 * to come back, each at another time.
 */
export function lastWords(frames: ResponseFrames, reason: CloseReason, service: Service): string {
  if (reason === 'left') return '';
  const time = ['p_time', service.time] as const;
  const { classic, name } = frames.format;
  if (reason === 'superseded') return classic ? '' : frames.control(control('superseded', [time]));
  if (classic) return frames.numbered(control('abort', [time]));
  const retry =
    reason === 'shutdown' ? service.settings.runtime.randomInteger(retryMs.min, retryMs.max) : undefined;
  const abort = frames.control(control('abort', [['p_reason', reason], ['p_retry', retry], time]));
  return name === 'sse' && retry !== undefined ? `retry: ${retry}\n\n${abort}` : abort;
}
