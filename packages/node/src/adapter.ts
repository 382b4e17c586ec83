/**
 * For authors of adapters on top of `node:http`: the rules of the options, and what a mount needs.
 *
 * @packageDocumentation
 */
export type { SubjectMap, UnknownSubjects } from '@cometkit/core';
export {
  type ClusterHubOptions,
  type Handler,
  handlerRules,
  hubRules,
  type Logger,
  splitUrl,
  systemRuntime,
  type Talk,
  talkOf,
} from '@cometkit/handler';
export type { RequestAttachment } from './attach.ts';
export type { ExpressApp } from './express-peers.ts';
export type { ConnectMiddleware, Next } from './middleware.ts';
export type { RequestPeers } from './peer.ts';
export type { PushPeer } from './push-server/request.ts';
export type { RequestServer } from './request-gate.ts';
