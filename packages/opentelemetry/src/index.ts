/**
 * CometKit in OpenTelemetry: what a hub does as metrics, and traces from publishing to the listener of a client.
 *
 * @packageDocumentation
 */
export { instrument } from './instrument.ts';
export type { InstrumentOptions } from './options.ts';
