/**
 * The pure core of CometKit: a hub with its log, sessions, subscriptions, queues, leases and heartbeats. It does no I/O,
 * starts no timer and reads no clock; adapters supply those.
 *
 * @packageDocumentation
 */
export type { Admissions } from './admissions.ts';
export { type Cursor, formatCursor, parseCursor } from './cursor.ts';
export type { DeliveryGroup, GroupWriter } from './delivery-group.ts';
export { checkName } from './draft.ts';
export { CometError, type CometErrorCode, type CometErrorDetails } from './errors.ts';
export {
  type CometEvent,
  type Gap,
  type GapReason,
  type Item,
  type Publication,
  positionOf,
  type Scope,
} from './event.ts';
export type { History, HistoryQuery } from './history.ts';
export { createPureHub } from './hub.ts';
export type {
  AttachOptions,
  Hub,
  HubEvents,
  JoinOptions,
  PublishOptions,
  SubscribeOptions,
} from './hub-types.ts';
export type { Load } from './items.ts';
export type { JsonValue } from './json.ts';
export type { Arriving, Jsonable, LostInJson } from './jsonable.ts';
export { type HubLimits, type HubOptions, hubRules, type LogLimits, type Overflow } from './options.ts';
export { ownText } from './own-text.ts';
export {
  type Matching,
  type PatternLimits,
  type PatternPart,
  parsePattern,
  partMatches,
  partsOfPattern,
} from './pattern.ts';
export type { Member, Presence } from './presence.ts';
export { RecentIds } from './recent-ids.ts';
export type { Runtime } from './runtime.ts';
export type { GroupMember } from './seat.ts';
export type { Session } from './session.ts';
export type { SessionData } from './session-data.ts';
export type { HubStats } from './stats.ts';
export { checkSubject, isWellFormed, type SubjectLimits } from './subject.ts';
export type { AnySubjects, DataFor, DataOf, Publishable, SubjectMap, UnknownSubjects } from './subjects.ts';
export type { Subscription, Wakeable, Which } from './subscription.ts';
export type { CloseReason, Transport } from './transport.ts';
