import { channel } from 'node:diagnostics_channel';
import type { HubEvents, Session, Subscription } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { totalsOf } from '@cometkit/handler';

type EventfulHub = ClusterHub;

const key = Symbol.for('@cometkit/node/diagnostics@1');

/**
 * Publishes what a hub emits, and what its handlers refuse, on channels of `node:diagnostics_channel`, named `cometkit:` and the event. A second call for the
 * same hub does nothing: one per process rather than per module, because bundlers give parts of an application their own instances.
 *
 * A message has ids instead of sessions, so that a tool which writes it down writes down no secret.
 */
export function publishDiagnostics(hub: EventfulHub): void {
  const shared = globalThis as { [key]?: WeakSet<EventfulHub> };
  shared[key] ??= new WeakSet();
  if (shared[key].has(hub)) return;
  shared[key].add(hub);
  forward(hub, 'session-opened', named);
  forward(hub, 'session-closed', (session, reason) => ({ ...named(session), reason }));
  forward(hub, 'attached', named);
  forward(hub, 'detached', named);
  forward(hub, 'subscribed', subscription);
  forward(hub, 'unsubscribed', subscription);
  forward(hub, 'gap', (session, { from, to, reason }) => ({ ...named(session), from, to, reason }));
  forward(hub, 'engine', (state) => ({ state }));
  forward(hub, 'publish-failed', (error, subject) => ({ error, subject }));
  forward(hub, 'closed', () => ({}));
  forward(hub, 'error', (error, where) => ({ error, where }));
  forwardRefusals(hub);
}

function named({ id, principal }: Session): { session: string; principal: string | undefined } {
  return { session: id, principal };
}

function subscription(session: Session, { id, pattern }: Subscription): object {
  return { ...named(session), subscription: id, pattern };
}

// They are no events of the hub: it is the handlers who refuse.
function forwardRefusals(hub: EventfulHub): void {
  const target = channel('cometkit:refused');
  totalsOf(hub).onRefused.add(({ session, code, reason, hook, about }) => {
    if (!target.hasSubscribers) return;
    const who = { session: session?.id, principal: session?.principal };
    target.publish({ hub, ...who, code, reason, hook, about });
  });
}

function forward<E extends keyof HubEvents>(
  hub: EventfulHub,
  event: E,
  toMessage: (...args: HubEvents[E]) => object,
): void {
  const target = channel(`cometkit:${event}`);
  // No message is made while nobody subscribes.
  hub.on(event, (...args) => {
    if (target.hasSubscribers) target.publish({ hub, ...toMessage(...args) });
  });
}
