import type { JsonValue } from '@cometkit/core';
import type { ClientItem } from './items.ts';
import type { Subscription } from './subscription.ts';

/** The part of a client that presence needs. */
export interface PresenceClient {
  readonly id: string | undefined;
  subscribe(pattern: string, options: { readonly gaps: true }): Subscription<ClientItem>;
  request(subject: string, data: string): Promise<JsonValue>;
  on(name: 'joined', listener: () => void): void;
  off(name: 'joined', listener: () => void): void;
}
