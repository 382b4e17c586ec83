import type { ClusterHub } from '@cometkit/core/cluster';
import { totalsOf } from '@cometkit/handler';
import { collect } from './collect.ts';
import { negotiate } from './negotiate.ts';
import { checkMetricsOptions, type MetricsOptions } from './options.ts';
import { register } from './registry.ts';
import { contentTypes, write } from './text.ts';

/** A page of figures. */
export interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/** What is read of a request of `node:http`. */
export interface MetricsRequest {
  readonly headers: { readonly accept?: string | undefined };
}

/** What is asked of a response of `node:http`. */
export interface MetricsResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/** What serves a hub: `comet()` of Express, or a handler of any adapter. */
export interface Serving {
  readonly hub: ClusterHub;
}

/** The figures of a hub for Prometheus: a request listener of `node:http`, which is a handler of Express too. */
export interface Metrics {
  (request: MetricsRequest, response: MetricsResponse): void;
  /** The same for servers that speak fetch: `export const GET = metrics.fetch`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Reads the figures.
   *
   * @param accept - the header of a scraper: OpenMetrics if it likes that best, else the text format 0.0.4.
   */
  page(accept?: string): Promise<MetricsPage>;
}

const unreadable = 'the metrics cannot be read\n';

/**
 * Makes the metrics of a hub. Counting needs no switch and goes on without them; what they cost is their reading.
 *
 * The page says nothing of any one client, but how many there are: serve it where only Prometheus comes.
 *
 * @param push - a hub, or what serves it.
 *
 * @example
 * ```ts
 * import http from 'node:http';
 * import { createMetrics } from '@cometkit/metrics';
 * import { createHub } from '@cometkit/node';
 *
 * http.createServer(createMetrics(createHub())).listen(9464, '127.0.0.1');
 * ```
 *
 * @throws TypeError — the first argument is neither a hub nor what serves one, or an option is unknown or of the wrong type.
 * @throws Error — the registry has figures of a hub already.
 */
export function createMetrics(push: ClusterHub | Serving, options: MetricsOptions = {}): Metrics {
  const hub = hubOf(push);
  checkMetricsOptions(options);
  const { registry, labels = {} } = options;
  // From now on, where no handler has begun to count.
  totalsOf(hub);
  if (registry !== undefined) register(hub, registry, labels);
  const page = async (accept?: string): Promise<MetricsPage> => {
    if (registry !== undefined) return { contentType: registry.contentType, body: await registry.metrics() };
    const exposition = negotiate(accept);
    return { contentType: contentTypes[exposition], body: write(collect(hub), exposition, labels) };
  };
  const listener = (request: MetricsRequest, response: MetricsResponse): void =>
    void page(request.headers.accept).then(
      ({ contentType, body }) => send(response, 200, contentType, body),
      () => send(response, 500, 'text/plain', unreadable),
    );
  return Object.assign(listener, { page, fetch: (request: Request) => respond(request, page) });
}

function hubOf(push: ClusterHub | Serving): ClusterHub {
  const given = push as Partial<ClusterHub & Serving> | null | undefined;
  const hub = given?.hub ?? given;
  if (typeof hub?.stats === 'function') return hub as ClusterHub;
  throw new TypeError('the first argument must be a hub, as createHub() makes it, or what serves one');
}

function send(response: MetricsResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(body);
}

async function respond(request: Request, page: Metrics['page']): Promise<Response> {
  try {
    const { contentType, body } = await page(request.headers.get('accept') ?? undefined);
    return new Response(body, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
  } catch {
    return new Response(unreadable, { status: 500, headers: { 'content-type': 'text/plain' } });
  }
}
