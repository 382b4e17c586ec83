import type { Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import type { HttpHeaders, HttpRequest } from './http.ts';
import type { Service } from './service.ts';
import type { Verb } from './wire-names.ts';

/** What is known of one request so far, which is what a refusal is written from. */
export class Exchange {
  readonly service: Service;
  readonly request: HttpRequest;
  format: Format;
  cors: HttpHeaders = {};
  /** The command that was asked for, once it is known who asks. */
  verb: Verb | undefined = undefined;
  /** True once it is known who asks: from then on a refusal is an answer of the protocol. */
  addressed = false;
  session: Session | undefined = undefined;

  constructor(service: Service, request: HttpRequest) {
    this.service = service;
    this.request = request;
    this.format = service.settings.format;
  }
}
