/**
 * The seam of CometKit: commands in, answers and streams out, as plain values that any server can carry.
 *
 * @packageDocumentation
 */
export { normalAddress } from './address.ts';
export type {
  Admission,
  Authorize,
  Hook,
  HookContext,
  JoinVerdict,
  PublishContext,
  SubscribeContext,
  Verdict,
} from './authorize.ts';
export {
  type Census,
  censusOf,
  type SessionState,
  stateOf,
  type TransportName,
  transportOf,
} from './census.ts';
export { type Whereabouts, whereaboutsOf } from './cluster/whereabouts.ts';
export type { Address, Command } from './command.ts';
export type { Connection, Resumable } from './connections/connection.ts';
export type { Connections, ConnectionsOptions } from './connections/group.ts';
export type { MediumName, MessageFormatOptions } from './connections/message-format.ts';
export type { Peer } from './connections/peer.ts';
export type { RequestInput } from './dialects/dialect.ts';
export * from './dialects/public-types.ts';
export { type CloseOptions, closeRules, isReady } from './drain.ts';
export { type Draining, DrainTracker } from './drain-tracker.ts';
export { createHandler, type Handler } from './handler.ts';
export type {
  CloseWatcher,
  FiniteResponse,
  HttpHeaders,
  HttpRequest,
  HttpResponse,
  Outlet,
  OutletWatcher,
  RequestBody,
  Responder,
  StreamResponse,
} from './http.ts';
export { congestedBytes } from './http.ts';
export { createHub } from './hub.ts';
export { type ClusterHubOptions, type HubOptions, hubRules } from './hub-options.ts';
export type { Logger } from './logger.ts';
export { type Middleware, type MiddlewareEnd, MiddlewareRun, type Next } from './middleware-run.ts';
export { type HandlerOptions, handlerRules, type WaitRange } from './options.ts';
export type { AllowedOrigin } from './origin-list.ts';
export type { OutsideEvent, PublishEndpointOptions } from './outside/options.ts';
export { countedAs, type JoinRate } from './rate-limit.ts';
export type { RawRequest, RequestFields } from './request-fields.ts';
export { type HandlerRuntime, systemRuntime } from './runtime.ts';
export { servingHandler } from './serving-handler.ts';
export type { ClientRequestOptions } from './talk/client-requests.ts';
export type { AsyncApi, SubjectsInfo } from './talk/describe-subjects.ts';
export type { Asked, Heard, Message } from './talk/message.ts';
export type { Produced } from './talk/produced.ts';
export type {
  ProduceStream,
  ServerStream,
  StreamEnd,
  StreamOptions,
  StreamReader,
} from './talk/produced-stream.ts';
export { RequestError } from './talk/request-error.ts';
export type { Produce, Production } from './talk/source.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './talk/standard-schema.ts';
export { type HandleOptions, Talk, talkOf } from './talk/talk.ts';
export type { ParamsOf } from './talk/template.ts';
export { splitUrl, type Target } from './target.ts';
export { startTicker } from './ticker.ts';
export { createTickets, type Tickets, type TicketsOptions } from './tickets.ts';
export { Durations, type HookName, type RefusedRequest, type Totals, totalsOf } from './totals.ts';
export { TurnShare, Turns } from './turns.ts';
export type { Mode, Verb } from './wire-names.ts';
