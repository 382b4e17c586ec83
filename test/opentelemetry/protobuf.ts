import type { Point, WireSpan } from './collector.ts';

// A reader of protobuf's wire format that knows no generated code of OpenTelemetry's: what an exporter wrote wrongly would be read
// wrongly here. Field numbers are those of opentelemetry-proto, metrics/v1 and trace/v1.
type Value = bigint | Buffer;

/** The fields of a message by their numbers, in the order of the wire. */
class Message {
  readonly #fields = new Map<number, Value[]>();
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    while (this.#at < bytes.length) {
      const tag = Number(this.#varint());
      const values = this.#fields.get(tag >> 3) ?? [];
      values.push(this.#value(tag & 7));
      this.#fields.set(tag >> 3, values);
    }
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  bytes(field: number): Buffer {
    return (this.#fields.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);
  }

  text(field: number): string {
    return this.bytes(field).toString('utf8');
  }

  integer(field: number): number {
    const value = this.#fields.get(field)?.[0] ?? 0n;
    return Number(Buffer.isBuffer(value) ? value.readBigUInt64LE() : value);
  }

  double(field: number): number {
    return this.has(field) ? this.bytes(field).readDoubleLE() : 0;
  }

  messages(field: number): Message[] {
    return (this.#fields.get(field) ?? []).map((bytes) => new Message(bytes as Buffer));
  }

  /** Doubles in one packed field. */
  doubles(field: number): number[] {
    const bytes = this.bytes(field);
    return Array.from({ length: bytes.length / 8 }, (_, at) => bytes.readDoubleLE(at * 8));
  }

  #value(type: number): Value {
    if (type === 0) return this.#varint();
    if (type !== 1 && type !== 2 && type !== 5) throw new Error(`a value of the wire type ${type}`);
    const length = type === 2 ? Number(this.#varint()) : type === 1 ? 8 : 4;
    if (this.#at + length > this.#bytes.length) throw new Error('a value that is cut off');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new Error('a number that is cut off');
      this.#at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
}

function attributesOf(list: readonly Message[]): Record<string, unknown> {
  return Object.fromEntries(
    list.map((pair) => {
      const value = new Message(pair.bytes(2));
      return [pair.text(1), value.has(1) ? value.text(1) : value.integer(3)];
    }),
  );
}

/** Reads an ExportMetricsServiceRequest. */
export function readMetrics(body: Buffer): Point[] {
  const metrics = new Message(body)
    .messages(1)
    .flatMap((one) => one.messages(2))
    .flatMap((one) => one.messages(2));
  return metrics.flatMap((metric) => {
    const [name, unit] = [metric.text(1), metric.text(3)];
    if (metric.has(9))
      return new Message(metric.bytes(9)).messages(1).map((point) => histogram(name, unit, point));
    const kind = metric.has(5) ? ('gauge' as const) : ('sum' as const);
    const numbers = new Message(metric.bytes(metric.has(5) ? 5 : 7));
    return numbers.messages(1).map((point) => ({
      name,
      unit,
      kind,
      ...(kind === 'sum' && { monotonic: numbers.integer(3) === 1 }),
      attributes: attributesOf(point.messages(7)),
      value: point.has(6) ? point.integer(6) : point.double(4),
    }));
  });
}

function histogram(name: string, unit: string, point: Message): Point {
  const [count, bounds] = [point.integer(4), point.doubles(7)];
  return { name, unit, kind: 'histogram', attributes: attributesOf(point.messages(9)), count, bounds };
}

/** Reads an ExportTraceServiceRequest. */
export function readSpans(body: Buffer): WireSpan[] {
  const spans = new Message(body)
    .messages(1)
    .flatMap((one) => one.messages(2))
    .flatMap((one) => one.messages(2));
  return spans.map((span) => ({
    traceId: span.bytes(1).toString('hex'),
    spanId: span.bytes(2).toString('hex'),
    parentSpanId: span.bytes(4).toString('hex'),
    name: span.text(5),
    kind: span.integer(6),
    startMs: Number(span.bytes(7).readBigUInt64LE() / 1000n) / 1000,
    endMs: Number(span.bytes(8).readBigUInt64LE() / 1000n) / 1000,
    attributes: attributesOf(span.messages(9)),
    status: new Message(span.bytes(15)).integer(3),
  }));
}
