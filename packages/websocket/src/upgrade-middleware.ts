import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Writable } from 'node:stream';
import { type Middleware, MiddlewareRun } from '@cometkit/handler';

/** A middleware of Connect or Express. */
export type UpgradeMiddleware = Middleware<IncomingMessage, ServerResponse>;

/** A request for an upgrade, and what is to run on it. */
export interface UpgradeRun {
  readonly use: readonly UpgradeMiddleware[];
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  /** How long it may take, in milliseconds. */
  readonly limitMs: number;
  /** Gets what a middleware throws after it had gone on. */
  late(error: unknown): void;
}

/** What became of it: let through when there is no status. */
export interface UpgradeVerdict {
  readonly status?: number | undefined;
  /** What the operator should hear of. */
  readonly error?: unknown;
}

/**
 * Runs middleware on a request for an upgrade, with a response that leads nowhere: a middleware that answers has refused.
 *
 * @param decided - called once, also when the client goes away or the time is over.
 */
export function runMiddleware(run: UpgradeRun, decided: (verdict: UpgradeVerdict) => void): void {
  const { use, request, stream, limitMs } = run;
  let open = true;
  const decide = (verdict: UpgradeVerdict): void => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    stream.off('close', gone);
    decided(verdict);
  };
  const gone = (): void => decide({ status: 400 });
  const timer = setTimeout(
    () => decide({ status: 503, error: new Error('a middleware did not go on') }),
    limitMs,
  );
  // Without a listener an error of the connection would end the process.
  stream.on('error', () => undefined);
  stream.on('close', gone);
  const response = deadEnd(request);
  response.on('finish', () => decide({ status: refusalOf(response.statusCode) }));
  // As Connect says what was asked for.
  (request as { originalUrl?: string }).originalUrl ??= request.url ?? '';
  new MiddlewareRun(
    use,
    { request, response },
    {
      passed: () => decide(response.writableEnded ? { status: refusalOf(response.statusCode) } : {}),
      failed: (error) => decide(failure(error)),
      late: (error) => run.late(error),
    },
  ).start();
}

function deadEnd(request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  response.assignSocket(nowhere as unknown as Socket);
  return response;
}

// A page of login, or the way to it, is no answer to a socket.
function refusalOf(status: number): number {
  return status >= 400 ? status : 403;
}

function failure(error: unknown): UpgradeVerdict {
  const status = refusedWith(error);
  return status === undefined ? { status: 500, error } : { status };
}

function refusedWith(error: unknown): number | undefined {
  try {
    const { status, statusCode = status } = Object(error) as { status?: unknown; statusCode?: unknown };
    return Number.isInteger(statusCode) && Number(statusCode) >= 400 && Number(statusCode) < 500
      ? Number(statusCode)
      : undefined;
  } catch {
    // A getter of somebody's error may throw; nothing may pass by here to the process.
    return undefined;
  }
}
