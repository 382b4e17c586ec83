import type { Session } from '@cometkit/core';
import type { HttpRequest } from './http.ts';
import type { Verb } from './wire-names.ts';

/** Makes a key for a data-channel request, by which the same request of the same client is recognized. */
export function channelKey(asked: {
  readonly request: Pick<HttpRequest, 'address' | 'query'>;
  readonly verb: Verb | undefined;
  readonly session: Session | undefined;
}): string {
  const { request, verb, session } = asked;
  return `${request.address} ${verb} ${session?.id ?? ''} ${request.query.slice(0, 512)}`;
}
