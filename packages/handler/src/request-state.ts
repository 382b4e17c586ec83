import type { Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import type { MediumName } from './connections/message-format.ts';
import { likelyDialect } from './dialects/index.ts';
import type { HandlerContext } from './handler-context.ts';
import type { HttpHeaders, HttpRequest } from './http.ts';
import type { Verb } from './wire-names.ts';

/** The connection that a command came over: it has a format of its own, and wants to know of its session. */
export interface CommandConnection {
  readonly format: Format;
  readonly medium: MediumName | undefined;
  /** Hears of a session that was made or proved. */
  joined(session: Session): void;
}

/** What a refusal is written from. */
export interface RefusalInput {
  readonly service: HandlerContext;
  readonly request: Pick<HttpRequest, 'header' | 'address' | 'query'>;
  readonly format: Format;
  readonly cors: HttpHeaders;
  readonly verb: Verb | undefined;
  readonly addressed: boolean;
  readonly session: Session | undefined;
}

/** What is known of one request so far. */
export class RequestState implements RefusalInput {
  readonly service: HandlerContext;
  readonly request: HttpRequest;
  format: Format;
  cors: HttpHeaders = {};
  /** The command that was asked for, once it is known who asks. */
  verb: Verb | undefined = undefined;
  /** True once it is known who asks: from then on a refusal is an answer of the protocol. */
  addressed = false;
  session: Session | undefined = undefined;
  /** Undefined for a request of its own. */
  readonly carrier: CommandConnection | undefined;

  constructor(service: HandlerContext, request: HttpRequest, carrier?: CommandConnection) {
    this.service = service;
    this.request = request;
    this.carrier = carrier;
    this.format = carrier?.format ?? likelyDialect(request).defaultFormat(service.settings.format);
  }
}
