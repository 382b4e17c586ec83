/**
 * One session for all tabs of a site: one tab holds the connection, the others get its events, and when that tab goes
 * another takes over where it was.
 *
 * @packageDocumentation
 */
import type { AnySubjects, SubjectMap } from '@cometkit/core';
import type { Client } from './client-types.ts';
import type { SharedClientOptions } from './shared/shared-options.ts';
import { SharedTab } from './shared/shared-tab.ts';

export type { Client, ClientEvents, PublishOptions } from './client-types.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export type { ClientEvent, ClientItem } from './items.ts';
export type { ClientOptions, SubscribeOptions } from './options.ts';
export type { SharedClientOptions } from './shared/shared-options.ts';
export type { Subscription } from './subscription.ts';

/** A client that shares its session with other tabs. */
export interface SharedClient<Subjects = AnySubjects> extends Client<Subjects> {
  /** True while this tab holds the connection. */
  readonly leads: boolean;
}

/**
 * Makes a client that shares one session with all tabs of the site that make the same one.
 *
 * Each tab gets every event of its own subscriptions once and in order, or a gap event, whichever tab leads. The session's id is the same for all tabs; the events `reconnecting` and `wire` are only for the tab that
 * leads. A message that was sent over a tab which then vanished is `unconfirmed`. When the server refuses one tab another
 * tries; it is `closed` until `open()`, or until another tab is let in. Where the browser lets tabs share nothing, each has a
 * session of its own, and the event `error` says so with the code `unsupported`.
 *
 * @throws {TypeError} `resumeFrom` is not a cursor.
 */
export function createSharedClient<Subjects extends SubjectMap = AnySubjects>(
  url: string | URL,
  options: SharedClientOptions = {},
): SharedClient<Subjects> {
  return new SharedTab(String(url), options) as unknown as SharedClient<Subjects>;
}
