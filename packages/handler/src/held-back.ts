import type { Call } from './call.ts';
import type { SessionContext } from './session-context.ts';
import type { Mode } from './wire-names.ts';

// A client finds out within six seconds that a stream is held back; two that are cut off one after the other take longer.
const soonMs = 60_000;

/**
 * Takes note of how a client listens from now on, and warns when it has left a stream for polls soon after it began: nobody but the
 * client can know that what was written has not come.
 */
export function noteMode({ handler }: Call, context: SessionContext, mode: Mode): void {
  const { runtime, warnings } = handler.settings;
  const now = runtime.now();
  const { mode: before, streamedAt } = context;
  context.mode = mode;
  if (mode === 'stream') {
    context.streamedAt = now;
    return;
  }
  context.streamedAt = undefined;
  if (before === 'stream' && streamedAt !== undefined && now - streamedAt < soonMs)
    warnings.warn({ kind: 'streams do not get through', message, details: { mode } });
}

const message =
  'a client has left its stream for polls: something between it and here may hold streams back or cut them off; ' +
  '`npx cometkit doctor` with the address that browsers use says what, and which line to change';
