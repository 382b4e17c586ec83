import type { Format } from '@cometkit/codec';
import type { Hub, Session, Subscription } from '@cometkit/core';
import type { Command } from './command.ts';
import { CommandQueue } from './command-queue.ts';
import type { MediumName } from './connections/message-format.ts';
import type { Binding } from './credentials.ts';
import { CompletedCommands } from './idempotency.ts';
import type { Mode } from './wire-names.ts';

/** The last answer of a long poll or poll, kept in case its client comes back without an acknowledgement. */
export interface GivenAnswer {
  /** Text of the cursor that it reached, and its position. */
  reached: string;
  position: number;
  /** The number of its items. */
  count: number;
  /** The position up to which its items had been sent before. */
  again: number;
  /** How long the client was asked to wait, in milliseconds. */
  waitMs: number;
  /**
   * The connections over which all of it has left; kept when it is sent again, because either copy may have been read.
   */
  carriers: WeakSet<object> | undefined;
  /** True once all of it has left. */
  left: boolean;
  /** Whether all of the last copy left; undefined while that is not known. */
  complete: boolean | undefined;
  /** When `complete` was set, in monotonic milliseconds. */
  endedAt: number;
}

/** Makes the record of an answer that is not finished. */
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
  /** Called when the client has given a sign of life. */
  heard(): void;
  /** Writes a heartbeat immediately. */
  beat(): void;
  /** True when something counts as received only because its bytes have left the process. */
  readonly guesses: boolean;
  /** Called when its outlet got data through a delivery group and is congested. */
  fellBehind(): void;
}

/** Fingerprints of the headers that identify a user; 0 for a missing one. */
export interface ShownUser {
  cookie: number;
  authorization: number;
}

/** A command that was carried out, and for whom. */
interface Done {
  readonly session: Session;
  readonly command: Command;
}

/** The state that the handler keeps for a session, in the slot that the core provides. */
export class SessionContext {
  /** The format that the session was joined with. */
  readonly format: Format;
  readonly binding: Binding;
  /** The proof of the user that the client has given, if the join hook named one. */
  user: ShownUser | undefined = undefined;
  /** How the client listens. */
  mode: Mode = 'stream';
  /** When the stream began over which it listens, in monotonic milliseconds; undefined while it listens by other means. */
  streamedAt: number | undefined = undefined;
  /** The medium of the connection that the client listens over, if it is a connection of messages. */
  medium: MediumName | undefined = undefined;
  answer: GivenAnswer | undefined = undefined;
  stream: OpenStream | undefined = undefined;
  /**
   * The last revoked subscription that a poll reported to its client. If the answer is lost, the next listen reports it
   * again.
   */
  toldOf: Subscription | undefined = undefined;
  /** What `toldOf` was before the last answer. */
  toldBefore: Subscription | undefined = undefined;
  /** How often the hooks were to be asked again: a verdict from before counts for nothing. */
  epoch = 0;
  /** True when the subscribe hook is to be asked again: after the review that runs, or before the next command. */
  due = false;
  /** How many reviews of the session run: the subscribe hook is being asked about what it has subscribed to. */
  reviews = 0;
  /** True once the client has published or asked under a message id. */
  published = false;
  /** True while something counts as received only because its bytes have left the process. */
  guessed = false;
  /** Bytes of large answers that have not left the process. */
  unreadBytes = 0;
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

  /** Looks up what the same command did before, if it has a message id and is not new. */
  lookup(command: Pick<Command, 'verb' | 'messageId'>): readonly Subscription[] | undefined {
    return this.#completed?.lookup(command);
  }

  /** Remembers what a command with a message id did. */
  remember(hub: Pick<Hub, 'hold'>, { session, command }: Done, subscriptions: readonly Subscription[]): void {
    if (command.messageId === undefined) return;
    const before = this.#completed?.bytes ?? 0;
    this.#completed ??= new CompletedCommands();
    this.#completed.remember(command, subscriptions, hub.hold(session, 0));
    hub.hold(session, this.#completed.bytes - before);
  }
}

/**
 * Returns the handler's state of a session.
 *
 * @returns undefined for a session that no handler made.
 */
export function contextOf(session: Pick<Session, 'context'>): SessionContext | undefined {
  return session.context instanceof SessionContext ? session.context : undefined;
}
