import { createServer, type IncomingMessage, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { listen } from '../support/listen.ts';
import { readMetrics, readSpans } from './protobuf.ts';

/** One figure, as it came over the wire. */
export interface Point {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  /** Of a sum. */
  readonly monotonic?: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of a gauge or a sum. */
  readonly value?: number;
  /** Of a histogram. */
  readonly count?: number;
  readonly bounds?: readonly number[];
}

/** A span, as it came over the wire. Ids are in hexadecimal; times are in Unix milliseconds. */
export interface WireSpan {
  readonly name: string;
  /** 1 internal, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2 is an error. */
  readonly status: number;
}

/** What an OpenTelemetry Collector does with OTLP over HTTP: takes JSON and protobuf, and says 200. */
export class Collector {
  readonly points: Point[] = [];
  readonly spans: WireSpan[] = [];
  /** The media types that came. */
  readonly types = new Set<string>();
  url = '';
  #server!: Server;

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server = createServer((request, response) => {
      void collector.#take(request).then(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
        (error: unknown) => response.writeHead(400).end(String(error)),
      );
    });
    collector.url = (await listen(collector.#server, '')).url;
    return collector;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The figures of a name, the newest of each set of attributes. */
  latest(name: string): Point[] {
    const named = this.points.filter((point) => point.name === name);
    return [...new Map(named.map((point) => [JSON.stringify(point.attributes), point])).values()];
  }

  async #take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const type = request.headers['content-type'] ?? '';
    this.types.add(type);
    const binary = type === 'application/x-protobuf';
    if (!binary && type !== 'application/json') throw new Error(`415 ${type}`);
    const parsed = () => JSON.parse(body.toString('utf8')) as never;
    if (request.url === '/v1/metrics')
      this.points.push(...(binary ? readMetrics(body) : metricsOf(parsed())));
    else if (request.url === '/v1/traces') this.spans.push(...(binary ? readSpans(body) : spansOf(parsed())));
    else throw new Error(`404 ${request.url}`);
  }
}

type KeyValue = { key: string; value: Record<string, unknown> };
type JsonPoint = Record<string, unknown> & { attributes?: KeyValue[] };
type JsonMetric = Record<string, unknown> & { name: string; unit?: string };

// [spec] OTLP JSON: 64-bit integers are decimal text or numbers, ids are hexadecimal.
function attributesOf(list: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function metricsOf(body: { resourceMetrics: { scopeMetrics: { metrics: JsonMetric[] }[] }[] }): Point[] {
  const metrics = body.resourceMetrics.flatMap((one) => one.scopeMetrics).flatMap((one) => one.metrics);
  return metrics.flatMap((metric) => {
    const kind = (['gauge', 'sum', 'histogram'] as const).find((name) => name in metric);
    if (kind === undefined) throw new Error(`a metric of no kind: ${metric.name}`);
    const { dataPoints, isMonotonic } = metric[kind] as { dataPoints: JsonPoint[]; isMonotonic?: boolean };
    return dataPoints.map((point) => ({
      name: metric.name,
      unit: metric.unit ?? '',
      kind,
      ...(isMonotonic !== undefined && { monotonic: isMonotonic }),
      attributes: attributesOf(point.attributes),
      ...(kind === 'histogram'
        ? { count: Number(point['count']), bounds: point['explicitBounds'] as number[] }
        : { value: Number(point['asInt'] ?? point['asDouble']) }),
    }));
  });
}

function spansOf(body: {
  resourceSpans: { scopeSpans: { spans: (Record<string, unknown> & { attributes: KeyValue[] })[] }[] }[];
}): WireSpan[] {
  const spans = body.resourceSpans.flatMap((one) => one.scopeSpans).flatMap((one) => one.spans);
  return spans.map((span) => ({
    name: String(span['name']),
    kind: Number(span['kind']),
    traceId: String(span['traceId']),
    spanId: String(span['spanId']),
    parentSpanId: String(span['parentSpanId'] ?? ''),
    startMs: Number(BigInt(String(span['startTimeUnixNano'])) / 1000n) / 1000,
    endMs: Number(BigInt(String(span['endTimeUnixNano'])) / 1000n) / 1000,
    attributes: attributesOf(span.attributes),
    status: Number((span['status'] as { code?: number } | undefined)?.code ?? 0),
  }));
}
