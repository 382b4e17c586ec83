import type { SessionCall } from './call.ts';
import { mountPath } from './mount-path.ts';

/**
 * What the answer to a pull or poll needs of its call: not the request, or a held one would keep headers and query in
 * memory for nothing.
 */
export interface Poll extends Pick<SessionCall, 'service' | 'session' | 'format' | 'cors'> {
  /** Where the client finds the endpoint. */
  readonly path: string;
  /** True if its cookies are for TLS only; false if it gets none. */
  readonly secure: boolean;
  /** The connection that it came over, where that may prove something later. */
  readonly connection: object | undefined;
}

/** Takes of a call what its answer needs. */
export function pollOf({ service, session, format, cors, request }: SessionCall): Poll {
  return {
    service,
    session,
    format,
    cors,
    path: service.settings.publicPath ?? mountPath(request.path),
    secure: !format.cursors && request.secure,
    // Who acknowledges is never asked how its answers came, and a weak set for each poll is dear to the collector.
    connection: session.acknowledges ? undefined : request.connection,
  };
}
