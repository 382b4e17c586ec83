/**
 * CometKit for node:http and node:https servers.
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
export type { AttachOptions } from './attach.ts';
export { createNodeHandler, type NodeHandler, type NodeHandlerOptions } from './handler.ts';
export { createPushServer, type PushServer, type PushServerOptions } from './push-server/push-server.ts';
