/**
 * For authors of transports and of wrappers around the client.
 *
 * @packageDocumentation
 */
export type { DataFor, SubjectMap } from '@cometkit/core';
export type { Failure } from './errors.ts';
export type { TransportReason } from './machine/transport-selector.ts';
export type { WireEvent, WireFields } from './machine/wire.ts';
export { clientRules } from './options.ts';
export type { PresenceClient } from './presence-client.ts';
export type { ClientRuntime } from './runtime.ts';
export type { SharedPorts, TabChannel, TabLocks } from './shared/ports.ts';
export type { EventSourceClass, EventSourceLike } from './transports/event-source.ts';
export type { Endpoint, Sink, Transport } from './transports/transport.ts';
export type { WebSocketLike } from './transports/web-socket.ts';
