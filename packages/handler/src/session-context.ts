import type { Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import { CommandQueue } from './command-queue.ts';
import type { Binding } from './credentials.ts';
import type { Stallable } from './stall-watch.ts';
import type { Mode } from './wire-names.ts';

/** The answer of a pull or poll that was given last. */
export interface GivenAnswer {
  /** Position of its last item. */
  position: number;
  /** Whether all of it was handed to the operating system; undefined while that is open. */
  complete: boolean | undefined;
}

/** What the handler keeps for a session, in the slot that the core has for it. */
export class SessionContext {
  /** The format that the session was joined with. */
  readonly format: Format;
  readonly binding: Binding;
  /** How the client listens. */
  mode: Mode = 'stream';
  answer: GivenAnswer | undefined = undefined;
  /** The open channel, if its client has promised to answer heartbeats. */
  probed: Stallable | undefined = undefined;
  #commands: CommandQueue | undefined = undefined;

  constructor(format: Format, binding: Binding) {
    this.format = format;
    this.binding = binding;
  }

  /** The commands of the session, in their order. */
  commands(limit: number): CommandQueue {
    this.#commands ??= new CommandQueue(limit);
    return this.#commands;
  }
}

/** The handler's notes on a session. Shape: undefined for a session that no handler has made. */
export function contextOf(session: Session): SessionContext | undefined {
  return session.context instanceof SessionContext ? session.context : undefined;
}
