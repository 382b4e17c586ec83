import type { ClusterHub } from '@cometkit/core/cluster';
import type { Serving } from '@cometkit/metrics/adapter';
import { metrics, trace } from '@opentelemetry/api';
import { measure } from './metrics.ts';
import { guarded, scope } from './operation.ts';
import { checkInstrumentOptions, type InstrumentOptions } from './options.ts';
import { asksFor, type Publishing, traceEvents } from './spans.ts';

const key = Symbol.for('@cometkit/opentelemetry/watched@1');

/**
 * Gives what a hub does to OpenTelemetry: metrics, and spans for the events that are to be traced.
 *
 * Call it when the SDK has begun, and before anybody keeps `push.publish` in a variable: with `trace` the methods that publish are
 * replaced.
 *
 * @param push - a hub, or what serves it.
 *
 * @example
 * ```ts
 * import { createHub } from '@cometkit/node';
 * import { instrument } from '@cometkit/opentelemetry';
 *
 * const hub = createHub();
 * instrument(hub, { trace: (subject) => subject.startsWith('/orders/') });
 * ```
 *
 * @returns a function that ends it: nothing is observed or traced any more, and the methods of the hub are what they were.
 * @throws TypeError — the first argument is neither a hub nor what serves one, or an option is unknown or of the wrong type.
 * @throws Error — the hub is watched already.
 */
export function instrument(push: ClusterHub | Serving, options: InstrumentOptions = {}): () => void {
  const hub = hubOf(push);
  checkInstrumentOptions(options);
  const { meterProvider = metrics, tracerProvider = trace, trace: traced = false, attributes = {} } = options;
  const watched = watchedHubs();
  if (watched.has(hub)) throw new Error('instrument: the hub is watched by OpenTelemetry already');
  // Both are asked first: a provider that throws leaves the hub as it is.
  const meter = meterProvider.getMeter(scope);
  const tracer = traced === false ? undefined : tracerProvider.getTracer(scope);
  const undo = [measure(hub, meter, attributes)];
  if (tracer !== undefined && traced !== false) {
    const objects = new Set([hub, push] as Publishing[]);
    undo.push(traceEvents(hub, objects, tracer, asksFor(traced)));
  }
  watched.add(hub);
  return () => {
    if (watched.delete(hub)) for (const one of undo) guarded(one);
  };
}

// One of the process: bundlers give parts of an application instances of the module.
function watchedHubs(): WeakSet<ClusterHub> {
  const shared = globalThis as { [key]?: WeakSet<ClusterHub> };
  shared[key] ??= new WeakSet();
  return shared[key];
}

function hubOf(push: ClusterHub | Serving): ClusterHub {
  const given = push as Partial<ClusterHub & Serving> | null | undefined;
  const hub = given?.hub ?? given;
  if (typeof hub?.stats === 'function') return hub as ClusterHub;
  throw new TypeError('the first argument must be a hub, as createHub() makes it, or what serves one');
}
