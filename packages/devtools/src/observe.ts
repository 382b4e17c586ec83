import type { ClientEvents } from '@cometkit/client';
import type { ObservedClient } from './devtools.ts';
import type { ClientRecord } from './record.ts';

/**
 * Writes what a client tells into a record.
 *
 * It does not listen to `error`: a client whose errors have a listener reports them to nobody else, and a panel must change
 * nothing. What nobody listens to reaches the page, and is read from there.
 *
 * @param changed - called when the state or the transport has changed, or something is missing.
 * @returns a function that stops it.
 */
export function observe(client: ObservedClient, record: ClientRecord, changed: () => void): () => void {
  const listeners: { [Name in keyof ClientEvents]?: (...args: ClientEvents[Name]) => void } = {
    state: () => {
      record.since = Date.now();
      changed();
    },
    transport: (_, reason) => {
      record.reason = reason;
      changed();
    },
    event: (event) => record.event(event, Date.now()),
    wire: ({ fields }) => void record.heard(fields.get('time'), Date.now()),
    gap: ({ reason, from, to }, past) => {
      record.gaps.add(`${reason}, positions ${from} to ${to}${past ? ', of the past' : ''}`);
      changed();
    },
    reconnecting: ({ message }, delayMs) =>
      record.reconnects.add(`${message}; again in ${Math.round(delayMs)} ms`),
  };
  const names = Object.keys(listeners) as (keyof ClientEvents)[];
  const bound = names.map((name) => [name, listeners[name] as () => void] as const);
  for (const [name, listener] of bound) client.on(name, listener);
  const failed = ({ error }: ErrorEvent): void => {
    if ((error as Error | null)?.name === 'ClientError') record.errors.add((error as Error).message);
  };
  addEventListener('error', failed);
  return () => {
    for (const [name, listener] of bound) client.off(name, listener);
    removeEventListener('error', failed);
  };
}
