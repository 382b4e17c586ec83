/**
 * The classic API of the Pushlet framework over the CometKit client: the calls, callbacks and states of the original, on
 * sessions that survive what kills the original.
 *
 * @packageDocumentation
 */
import { ClassicSession } from './classic/classic-session.ts';
import type { ClassicCallbacks, ClassicClient } from './classic/classic-types.ts';
import type { ClientOptions } from './options.ts';

export type { ClassicCallbacks, ClassicClient, ClassicState } from './classic/classic-types.ts';
export { classicStates } from './classic/classic-types.ts';
export type { PushletEvent } from './classic/pushlet-event.ts';
export type { ClientOptions } from './options.ts';

/** Makes a classic client. The callbacks may be changed later. */
export function createClassicClient(
  url: string | URL,
  callbacks: ClassicCallbacks = {},
  options: ClientOptions = {},
): ClassicClient {
  return new ClassicSession(String(url), callbacks, options);
}
