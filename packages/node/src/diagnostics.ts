import { channel } from 'node:diagnostics_channel';
import type { Hub, HubEvents } from '@cometkit/core';

type EventfulHub = Pick<Hub, 'on'>;

const key = Symbol.for('@cometkit/node/diagnostics@1');

/**
 * Publishes what a hub emits on channels of `node:diagnostics_channel`, named `cometkit:` and the event. A second call for the
 * same hub does nothing: one per process rather than per module, because bundlers give parts of an application their own instances.
 *
 * A message has ids instead of sessions, so that a tool which writes it down writes down no secret.
 */
export function publishDiagnostics(hub: EventfulHub): void {
  const shared = globalThis as { [key]?: WeakSet<EventfulHub> };
  shared[key] ??= new WeakSet();
  if (shared[key].has(hub)) return;
  shared[key].add(hub);
  forward(hub, 'session-opened', ({ id, principal }) => ({ session: id, principal }));
  forward(hub, 'session-closed', ({ id, principal }, reason) => ({ session: id, principal, reason }));
  forward(hub, 'gap', ({ id, principal }, { from, to, reason }) => ({
    session: id,
    principal,
    from,
    to,
    reason,
  }));
  forward(hub, 'closed', () => ({}));
  forward(hub, 'error', (error, where) => ({ error, where }));
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
