import type { Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import type { MediumName } from './connections/message-format.ts';
import { likelyDialect } from './dialects/index.ts';
import type { HandlerContext } from './handler-context.ts';
import type { HttpHeaders, HttpRequest } from './http.ts';
import type { Verb } from './wire-names.ts';

/** The connection that a command arrived on. It has its own format, and needs to know the session of its commands. */
export interface CommandConnection {
  readonly format: Format;
  readonly medium: MediumName | undefined;
  /** Called with a session that was created or proved. */
  joined(session: Session): void;
}

/** What a refusal is made from. */
export interface RefusalInput {
  readonly handler: HandlerContext;
  readonly request: Pick<HttpRequest, 'header' | 'address' | 'query'>;
  readonly format: Format;
  readonly cors: HttpHeaders;
  readonly verb: Verb | undefined;
  readonly addressed: boolean;
  readonly session: Session | undefined;
}

/** What is known of one request so far. */
export class RequestState implements RefusalInput {
  readonly handler: HandlerContext;
  readonly request: HttpRequest;
  cors: HttpHeaders = {};
  /** The command, once it is known who asks. */
  verb: Verb | undefined = undefined;
  /** True once it is known who asks: from then on a refusal is a protocol message. */
  addressed = false;
  session: Session | undefined = undefined;
  /** The session of which the nodes of a cluster know that this client has it. */
  proven: Session | undefined = undefined;
  /** Text of the cursor that a client that names none has come to on other nodes of a cluster. */
  place: string | undefined = undefined;
  /** Undefined for an HTTP request. */
  readonly carrier: CommandConnection | undefined;
  #format: Format | undefined;

  constructor(handler: HandlerContext, request: HttpRequest, carrier?: CommandConnection) {
    this.handler = handler;
    this.request = request;
    this.carrier = carrier;
    this.#format = carrier?.format;
  }

  /** The format of the answer: a guess, which costs, until the request has been read. */
  get format(): Format {
    return this.#format ?? likelyDialect(this.request).defaultFormat(this.handler.settings.format);
  }

  set format(format: Format) {
    this.#format = format;
  }
}
