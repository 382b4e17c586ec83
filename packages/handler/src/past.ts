import type { Gap, Item, Subscription } from '@cometkit/core';
import type { SessionCall } from './call.ts';

// One answer's worth, however far back the log reaches.
const maxEvents = 1000;
const maxBytes = 1_048_576;

/**
 * The past events that a command asks for with its subscription, oldest first, with a gap in front where some are
 * missing.
 *
 * Shape: empty when none were asked for; at most 1000 events and 1 MiB, the newest ones.
 */
export function pastOf({ service, command }: SessionCall, subscription: Subscription): readonly Item[] {
  const query = command.history;
  if (query === undefined) return [];
  const { events, gap } = service.hub.history(subscription, query);
  let first = events.length;
  for (let bytes = 0; first > 0 && events.length - first < maxEvents; first -= 1) {
    bytes += events[first - 1]?.bytes ?? 0;
    if (bytes > maxBytes) break;
  }
  const kept = events.slice(first);
  const cut = events[first - 1];
  // Who asks for the last few asks for no more than there are; who asks since a place must hear what is missing.
  if (cut === undefined || !('since' in query)) return gap === undefined ? kept : [gap, ...kept];
  const from = gap?.from ?? events[0]?.position ?? cut.position;
  const missing: Gap = {
    kind: 'gap',
    from,
    to: cut.position,
    cursor: cut.cursor,
    reason: gap?.reason ?? 'overflow',
    count: undefined,
  };
  return [missing, ...kept];
}
