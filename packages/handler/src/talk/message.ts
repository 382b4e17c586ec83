import type { CometEvent, JsonValue, PublishOptions, Session } from '@cometkit/core';
import type { ParamsOf } from './template.ts';

/** What a client has said. */
export interface Message<Template extends string = string> {
  readonly subject: string;
  /** The values of the named segments. */
  readonly params: ParamsOf<Template>;
  readonly data: JsonValue;
  /** The client's session; its `principal` is the user, and its `id` what others see as `from`. */
  readonly session: Session;
}

/** What a listener gets: the message, and a way to answer all. */
export interface Heard<Template extends string = string> extends Message<Template> {
  /** The event that everybody gets. */
  readonly event: CometEvent;
  publish(subject: string, data: unknown, options?: PublishOptions): CometEvent;
}

/** What a handler of requests gets. */
export interface Asked<Template extends string = string> extends Message<Template> {
  /** Aborted when nobody waits for the answer any more: the session has ended, or the time is over. */
  readonly signal: AbortSignal;
}

/** Makes what a handler gets. Its signal is made when it is looked at. */
export function askedOf(message: Message, givenUp: { signal(): AbortSignal }): Asked {
  return {
    ...message,
    get signal() {
      return givenUp.signal();
    },
  };
}
