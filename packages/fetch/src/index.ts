/**
 * CometKit for servers that speak fetch: Hono, Bun, Deno, workers, and the adapter for Next.js.
 *
 * @packageDocumentation
 */
export type {
  AnySubjects,
  CloseReason,
  CometErrorCode,
  CometEvent,
  Hub,
  HubEvents,
  Jsonable,
  JsonValue,
  Matching,
  Publication,
  Session,
  SessionData,
  Subscription,
} from '@cometkit/core';
export { CometError } from '@cometkit/core';
export type {
  Authorize,
  Command,
  Hook,
  HookContext,
  JoinVerdict,
  PublishContext,
  SubscribeContext,
  Verdict,
} from '@cometkit/handler';
export {
  type CloseOptions,
  createHub,
  createTickets,
  type HandlerOptions,
  type HubOptions,
  RequestError,
  type Tickets,
  type TicketsOptions,
  talkOf,
} from '@cometkit/handler';
export { createFetchHandler, type FetchHandler } from './fetch-handler.ts';
