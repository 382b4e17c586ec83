/**
 * CometKit in Next.js: server push from route handlers, with one hub for the whole process and no custom server.
 *
 * @packageDocumentation
 */
export type {
  CloseOptions,
  CometErrorCode,
  CometEvent,
  HandlerOptions,
  Hub,
  HubOptions,
  JsonValue,
  Session,
  SessionData,
  Tickets,
  TicketsOptions,
} from '@cometkit/fetch';
export { CometError, createTickets, RequestError, talkOf } from '@cometkit/fetch';
export { cursor } from './cursor.ts';
export { drain, ready, registerDrain } from './drain.ts';
export { getHub, type NextHubOptions, publish } from './get-hub.ts';
export {
  createRouteHandlers,
  type RouteHandler,
  type RouteHandlerOptions,
  type RouteHandlers,
} from './route-handlers.ts';
