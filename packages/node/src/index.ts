/**
 * CometKit for node:http and node:https servers.
 *
 * @packageDocumentation
 */
export type {
  CloseReason,
  CometErrorCode,
  CometEvent,
  Hub,
  HubEvents,
  HubStats,
  JsonValue,
  Matching,
  Overflow,
  Session,
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
  createHub,
  type Handler,
  type HandlerOptions,
  type HubOptions,
  handlerRules,
  hubRules,
  type Logger,
  splitUrl,
  systemRuntime,
} from '@cometkit/handler';
export type { AttachOptions, RequestAttachment } from './attach.ts';
export type { ExpressApp } from './express-peers.ts';
export { createPushServer, type PushServer, type PushServerOptions } from './front/push-server.ts';
export type { PushPeer } from './front/request.ts';
export { createNodeHandler, type NodeHandler, type NodeHandlerOptions } from './handler.ts';
export type { ConnectMiddleware, Next } from './middleware.ts';
export type { RequestPeers } from './peer.ts';
export type { RequestServer } from './request-gate.ts';
