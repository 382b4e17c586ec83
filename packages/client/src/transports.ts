/**
 * Ways of receiving beside those that every client brings: put them into the option `transports`.
 *
 * @packageDocumentation
 */
export { eventSource } from './transports/event-source.ts';
export { iframe } from './transports/iframe.ts';
export type { Transport } from './transports/transport.ts';
export { type WebSocketClass, webSocket } from './transports/web-socket.ts';
