import type { Format } from '@cometkit/codec';
import type { Session, Subscription } from '@cometkit/core';
import type { Command } from './command.ts';
import { CommandQueue } from './command-queue.ts';
import type { MediumName } from './connections/message-format.ts';
import type { Binding } from './credentials.ts';
import { CompletedCommands } from './idempotency.ts';
import type { Mode } from './wire-names.ts';

/** The answer of a pull or poll that was given last, for the day that its client comes back without a word about it. */
export interface GivenAnswer {
  /** Text of the place that it reached, and the position of that. */
  reached: string;
  position: number;
  /** Items in it. */
  count: number;
  /** Position up to which its items had been given before. */
  again: number;
  /** How long the client was told to wait. Units: milliseconds. */
  waitMs: number;
  /** The connections over which all of it has left; kept when it is given again, for either may have been read. */
  carriers: WeakSet<object> | undefined;
  /** True once all of it has left. */
  left: boolean;
  /** Whether all of it left when it was given last; undefined while that is open. */
  complete: boolean | undefined;
  /** When that was known. Units: monotonic milliseconds. */
  endedAt: number;
}

/** An answer of which nothing is known yet. */
export function newAnswer(): GivenAnswer {
  return {
    reached: '',
    position: 0,
    count: 0,
    again: 0,
    waitMs: 0,
    carriers: undefined,
    left: false,
    complete: undefined,
    endedAt: 0,
  };
}

/** The open stream of a session, as the other requests of its client see it. */
export interface OpenStream {
  /** Hears that its client has given a sign of life. */
  heard(): void;
  /** Writes a heartbeat now. */
  beat(): void;
  /** True when something counts as received only because its bytes have left the process. */
  readonly guesses: boolean;
  /** Its outlet was given what its session had to be given together with others, and is congested. */
  fellBehind(): void;
}

/** Fingerprints of the headers that tell who a user is, 0 for one that did not come. */
export interface ShownUser {
  cookie: number;
  authorization: number;
}

/** What the handler keeps for a session, in the slot that the core has for it. */
export class SessionContext {
  /** The format that the session was joined with. */
  readonly format: Format;
  readonly binding: Binding;
  /** What the client has shown of its user, where the join hook has named one. */
  user: ShownUser | undefined = undefined;
  /** How the client listens. */
  mode: Mode = 'stream';
  /** What it listens over, where that is a connection of messages. */
  medium: MediumName | undefined = undefined;
  answer: GivenAnswer | undefined = undefined;
  stream: OpenStream | undefined = undefined;
  /** The last subscription that a poll told its client of that it was taken away; lost with an answer, the next listen repeats it. */
  toldOf: Subscription | undefined = undefined;
  /** True while something counts as received only because its bytes have left the process. */
  guessed = false;
  #commands: CommandQueue | undefined = undefined;
  #completed: CompletedCommands | undefined = undefined;

  constructor(format: Format, binding: Binding) {
    this.format = format;
    this.binding = binding;
  }

  /** The commands of the session, in their order. */
  commands(limit: number): CommandQueue {
    this.#commands ??= new CommandQueue(limit);
    return this.#commands;
  }

  /** What the same command did before, if it has a message id and is not new. */
  lookup(command: Pick<Command, 'verb' | 'messageId'>): readonly Subscription[] | undefined {
    return this.#completed?.lookup(command);
  }

  /** Keeps in mind what a command with a message id has done. */
  remember(command: Command, subscriptions: readonly Subscription[]): void {
    if (command.messageId === undefined) return;
    this.#completed ??= new CompletedCommands();
    this.#completed.remember(command, subscriptions);
  }
}

/** The handler's notes on a session. Shape: undefined for a session that no handler has made. */
export function contextOf(session: Pick<Session, 'context'>): SessionContext | undefined {
  return session.context instanceof SessionContext ? session.context : undefined;
}
