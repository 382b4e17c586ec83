/**
 * The CometKit client for browsers and Node: every event once and in order, or told what is missing.
 *
 * @packageDocumentation
 */
export type { AnySubjects, DataOf, Jsonable } from '@cometkit/core';
export type { PlaceStorage } from './bookmark.ts';
export { createClient } from './client.ts';
export type { Client, ClientEvents, PublishOptions } from './client-types.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export type { ClientEvent, ClientItem } from './items.ts';
export type { ClientState } from './machine/inputs.ts';
export type { TransportName } from './machine/transport-selector.ts';
export type { ClientOptions, SubscribeOptions } from './options.ts';
export type { Matching } from './pattern.ts';
export type { ClientStream, StreamOptions } from './produced-stream.ts';
export type { RequestOptions } from './requests.ts';
export type { Subscription } from './subscription.ts';
export type { Transport } from './transports/transport.ts';
