import type { ControlEvent, Field, Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import type { Command } from './command.ts';
import type { HandlerContext } from './handler-context.ts';
import type { HttpHeaders, HttpRequest } from './http.ts';
import type { CommandConnection } from './request-state.ts';

/** One command on its way through the handler. */
export interface Call {
  readonly handler: HandlerContext;
  readonly request: HttpRequest;
  readonly command: Command;
  /** The format of the answer. */
  readonly format: Format;
  /** The CORS headers for a listed origin. */
  readonly cors: HttpHeaders;
  /** The connection that carried it, if it is one of messages. */
  readonly carrier: CommandConnection | undefined;
  /** Text of the cursor that a client that names none has come to, if another node of a cluster knows it. */
  readonly place?: string | undefined;
}

/** A command of a session that exists and is authenticated. */
export interface SessionCall extends Call {
  readonly session: Session;
}

/** Makes a control event; fields without a value are left out. */
export function control(
  event: string,
  fields: readonly (readonly [string, Field[1] | undefined])[],
): ControlEvent {
  // Usually all have a value, and copying the list for each event would be expensive.
  return { event, fields: fields.every(isPresent) ? fields : fields.filter(isPresent) };
}

function isPresent(field: readonly [string, Field[1] | undefined]): field is Field {
  return field[1] !== undefined;
}

/** Continues with a value, now or when it resolves. */
export function after<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
