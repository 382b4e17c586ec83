import type { SessionCall } from './call.ts';
import { mountPath } from './mount-path.ts';

/**
 * What the answer to a long poll or poll needs of its call. Not the request, because a held poll would keep headers and
 * query in memory for nothing.
 */
export interface Poll extends Pick<SessionCall, 'handler' | 'session' | 'format' | 'cors'> {
  /** The path of the endpoint. */
  readonly path: string;
  /** True if its cookies are for TLS only; false if it gets none. */
  readonly secure: boolean;
  /** The connection that carried it, if that can later prove that an answer arrived. */
  readonly connection: object | undefined;
}

/** Picks what the answer needs from a call. */
export function pollOf({ handler, session, format, cors, request }: SessionCall): Poll {
  return {
    handler,
    session,
    format,
    cors,
    path: handler.settings.publicPath ?? mountPath(request.path),
    secure: !format.cursors && request.secure,
    // A client that acknowledges needs no such proof, and a WeakSet for each poll is expensive for the garbage
    // collector.
    connection: session.acknowledges ? undefined : request.connection,
  };
}
