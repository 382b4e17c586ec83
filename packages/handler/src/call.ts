import type { ControlEvent, Field, Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import type { Command } from './command.ts';
import type { HandlerContext } from './handler-context.ts';
import type { HttpHeaders, HttpRequest } from './http.ts';
import type { CommandConnection } from './request-state.ts';

/** One command on its way through the handler. */
export interface Call {
  readonly service: HandlerContext;
  readonly request: HttpRequest;
  readonly command: Command;
  /** How the answer is written. */
  readonly format: Format;
  /** The headers that a listed origin needs. */
  readonly cors: HttpHeaders;
  /** The connection that it came over, if it is one of messages. */
  readonly carrier: CommandConnection | undefined;
}

/** A command of a session that exists and has proved itself. */
export interface SessionCall extends Call {
  readonly session: Session;
}

/** Makes a control event; fields without a value are left out. */
export function control(
  event: string,
  fields: readonly (readonly [string, Field[1] | undefined])[],
): ControlEvent {
  // As a rule all have one, and a list of its own for each event would be dear.
  return { event, fields: fields.every(isPresent) ? fields : fields.filter(isPresent) };
}

function isPresent(field: readonly [string, Field[1] | undefined]): field is Field {
  return field[1] !== undefined;
}

/** Goes on with a value now, or when it is there. */
export function after<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
