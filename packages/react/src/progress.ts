import type { ClientError, ClientEvent, ClientItem } from '@cometkit/client';

/** A place in the stream where events are missing. */
export type Gap = Extract<ClientItem, { readonly kind: 'gap' }>;

/** What a component sees of its subscription. */
export interface Subscribed<Value, Data> {
  /** The newest data, or what `reduce` has made of all events. */
  readonly value: Value;
  /** The newest event; undefined until there is one. */
  readonly event: ClientEvent<Data> | undefined;
  /** The newest gap: something is missing there, and a snapshot should be read again. Undefined until there is one. */
  readonly gap: Gap | undefined;
  /** True while the server's confirmation of the subscription stands; it stays true while the client reconnects. */
  readonly ready: boolean;
  /** Why the server refused it or the connection, at once or at a reconnect; undefined again once it is confirmed. */
  readonly error: ClientError | undefined;
}

/** Makes another value of the one before and an event. */
export type Reduce<Value, Data> = (value: Value, event: ClientEvent<Data>) => Value;

/** Where a subscription begins. */
export function start<Value, Data>(value: Value): Subscribed<Value, Data> {
  return { value, event: undefined, gap: undefined, ready: false, error: undefined };
}

/** Takes an item in. */
export function take<Value, Data>(
  before: Subscribed<Value, Data>,
  item: ClientItem<Data>,
  reduce: Reduce<Value, Data>,
): Subscribed<Value, Data> {
  if (item.kind === 'gap') return { ...before, gap: item };
  return { ...before, event: item, value: reduce(before.value, item) };
}
