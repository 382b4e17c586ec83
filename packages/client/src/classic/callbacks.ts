import { ClientError } from '../errors.ts';
import type { ClientItem } from '../items.ts';
import type { ClassicCallbacks } from './classic-types.ts';
import { PushletEvent } from './pushlet-event.ts';

const callbackNames: ReadonlyMap<string, keyof ClassicCallbacks> = new Map<string, keyof ClassicCallbacks>([
  ['data', 'onData'],
  ['join-ack', 'onJoinAck'],
  ['join-listen-ack', 'onJoinListenAck'],
  ['listen-ack', 'onListenAck'],
  ['hb', 'onHeartbeat'],
  ['hb-ack', 'onHeartbeatAck'],
  ['leave-ack', 'onLeaveAck'],
  ['refresh-ack', 'onRefreshAck'],
  ['subscribe-ack', 'onSubscribeAck'],
  ['unsubscribe-ack', 'onUnsubscribeAck'],
  ['abort', 'onAbort'],
  ['nack', 'onNack'],
  ['error', 'onError'],
  ['gap', 'onError'],
]);

/** What the server says by itself. Other acknowledgements answer calls, or are the client's own business. */
export const passedOn: ReadonlySet<string> = new Set(['join-ack', 'hb', 'refresh-ack', 'abort', 'leave-ack']);

/** Calls back with an event: its own callback, or else `onEvent`. */
export function callBack(callbacks: ClassicCallbacks, event: PushletEvent): void {
  const name = callbackNames.get(event.getEvent() ?? '');
  const callback = (name && callbacks[name]) ?? callbacks.onEvent;
  callback?.(event);
}

/** Makes an event of what the client itself has to say. */
export function eventOf(
  event: string,
  fields: Readonly<Record<string, string | null | undefined>>,
): PushletEvent {
  const given = Object.entries(fields).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  );
  return new PushletEvent(new Map([['p_event', event], ...given]));
}

/** Makes an event of a gap. */
export function gapEvent({ from, to, reason }: Extract<ClientItem, { kind: 'gap' }>): PushletEvent {
  return eventOf('gap', { p_from: String(from), p_to: String(to), p_reason: reason });
}

/** The words of a refusal. */
export function reasonOf(error: unknown): string {
  return error instanceof ClientError ? error.reason : String(error);
}

/** Runs when the page is there, or at once. */
export function whenLoaded(run: () => void): void {
  const { document } = globalThis as { document?: Document };
  if (document?.readyState === 'loading') document.addEventListener('DOMContentLoaded', run);
  else run();
}
