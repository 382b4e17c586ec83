import type { JsonValue } from '@cometkit/core';
import type { Failure } from '../errors.ts';
import type { ClientItem } from '../items.ts';
import type { ClientState } from '../machine/inputs.ts';
import type { TransportName } from '../machine/transport-selector.ts';

/** A subscription that a tab wants. `active` once it counts: then nothing of it may be missed. */
export interface Wanted {
  readonly key: number;
  readonly pattern: string;
  readonly label: string | undefined;
  readonly since: string | undefined;
  readonly last: number | undefined;
  readonly latest: boolean | undefined;
  readonly conflate: boolean | undefined;
  readonly active: boolean;
}

/** An item with the cursor of the one before it, so that a tab notices a missing one. */
export interface Chained {
  readonly prev: string | undefined;
  readonly item: ClientItem;
}

/** How the shared connection is. */
export interface Status {
  readonly state: ClientState;
  readonly transport: TransportName | undefined;
  readonly id: string | undefined;
  /** The place that the connection has reached. */
  readonly at: string | undefined;
}

/** A connection of which nothing is known yet. */
export const connecting: Status = { state: 'connecting', transport: undefined, id: undefined, at: undefined };

/** Messages of tabs to the leader. */
export type ToLeader =
  | {
      readonly type: 'hello';
      readonly tab: string;
      readonly at: string | undefined;
      readonly wanted: readonly Wanted[];
    }
  | { readonly type: 'want'; readonly tab: string; readonly wanted: Wanted }
  | { readonly type: 'drop'; readonly tab: string; readonly key: number }
  | { readonly type: 'bye'; readonly tab: string }
  | { readonly type: 'ping' }
  | { readonly type: 'missed'; readonly tab: string; readonly at: string | undefined }
  | { readonly type: 'use'; readonly transport: TransportName | 'auto' }
  | { readonly type: 'abort'; readonly tab: string; readonly key: number }
  | {
      readonly type: 'publish';
      readonly tab: string;
      readonly key: number;
      readonly subject: string;
      readonly data: JsonValue;
      readonly to: string | undefined;
      /** Of a request: how long its answer may take. */
      readonly timeoutMs?: number | undefined;
    };

/** What the leader says, to all or to one tab. `leader` tells its words from those of one that led before. */
export type FromLeader = { readonly leader: string } & (
  | { readonly type: 'lead' }
  | { readonly type: 'status'; readonly status: Status }
  | ({ readonly type: 'item' } & Chained)
  | {
      readonly type: 'welcome';
      readonly to: string;
      readonly at: string | undefined;
      /** True when the tab goes on from there, and its subscriptions get what they missed one by one. */
      readonly restart: boolean;
    }
  | { readonly type: 'again'; readonly to: string; readonly items: readonly Chained[] }
  | {
      readonly type: 'ready';
      readonly to: string;
      readonly key: number;
      readonly sid: string | undefined;
      readonly from: string | undefined;
      readonly past: readonly ClientItem[];
    }
  | { readonly type: 'over'; readonly to: string; readonly key: number; readonly failure: Failure }
  | {
      readonly type: 'published';
      readonly to: string;
      readonly key: number;
      readonly failure: Failure | undefined;
      /** The answer to a request. */
      readonly value?: JsonValue | undefined;
    }
);

/** Everything that is said on the channel. */
export type Message = ToLeader | FromLeader;

/** Returns whether a message comes from the leader. */
export function isFromLeader(message: Message): message is FromLeader {
  return 'leader' in message;
}
