import type { CometEvent, PublishOptions } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { totalsOf } from '@cometkit/handler';
import { diag, SpanKind, type Tracer } from '@opentelemetry/api';
import type { Undo } from './metrics.ts';
import { attributesOf, end, endWith, guarded } from './operation.ts';
import { contextOf, traceparentOf } from './traceparent.ts';

/** The methods that publish, and which of their arguments is the subject. Data and options follow it. */
const methods = { publish: 0, broadcast: 0, send: 1, sendToPrincipal: 1 } as const;
type Method = keyof typeof methods;
type Call = (...args: unknown[]) => unknown;

/** Whatever has some of these methods: a hub, or what serves it. */
export type Publishing = Partial<Record<Method, unknown>>;

/** Whether an event is to be traced. */
export type Asks = (subject: string) => boolean;

/**
 * Lets publishing run in a span, and each event that is traced carry its name. Where the event is encoded for its first reader, on
 * whatever node, another span tells how long that took.
 *
 * @param objects - whose methods publish: they are replaced.
 */
export function traceEvents(
  hub: ClusterHub,
  objects: Iterable<Publishing>,
  tracer: Tracer,
  asks: Asks,
): Undo {
  const undo: Undo[] = [];
  for (const object of objects)
    for (const name of Object.keys(methods) as Method[])
      if (typeof object[name] === 'function') undo.push(replace(object, name, tracer, asks));
  const totals = totalsOf(hub);
  totals.traced = (event) => delivered(tracer, event);
  return () => {
    for (const one of undo) one();
    totals.traced = undefined;
  };
}

function replace(object: Publishing, name: Method, tracer: Tracer, asks: Asks): Undo {
  const before = object[name] as Call;
  const own = Object.hasOwn(object, name);
  let ended = false;
  const traced: Call = (...args) => {
    if (ended) return before.apply(object, args);
    const at = methods[name];
    const subject = args[at];
    const options = args[at + 2] as PublishOptions | undefined;
    const wanted = typeof subject === 'string' && options?.traceparent === undefined && asks(subject);
    if (!wanted) return before.apply(object, args);
    return publish(tracer, subject, (traceparent) => {
      args[at + 2] = traceparent === undefined ? options : { ...options, traceparent };
      return before.apply(object, args);
    });
  };
  object[name] = traced;
  return () => {
    // Somebody else may have replaced it since, and calls this one.
    ended = true;
    if (object[name] !== traced) return;
    if (own) object[name] = before;
    else delete object[name];
  };
}

function publish(
  tracer: Tracer,
  subject: string,
  run: (traceparent: string | undefined) => unknown,
): unknown {
  const attributes = attributesOf('publish', 'send', subject);
  const span = guarded(() => tracer.startSpan('publish', { kind: SpanKind.PRODUCER, attributes }));
  if (span === undefined) return run(undefined);
  try {
    const published = run(traceparentOf(span));
    const underWay = span.isRecording() ? acceptanceOf(published) : undefined;
    if (underWay === undefined) end(span);
    else
      underWay.then(
        () => end(span),
        (error) => endWith(span, error),
      );
    return published;
  } catch (error) {
    endWith(span, error);
    throw error;
  }
}

// One of many nodes: the engine has not accepted it yet.
function acceptanceOf(published: unknown): Promise<unknown> | undefined {
  const { event, accepted } = (published ?? {}) as { event?: unknown; accepted?: () => Promise<unknown> };
  return event === undefined && typeof accepted === 'function' ? accepted.call(published) : undefined;
}

// Ended behind the flush, which is of one piece. Not a child of what happens to run: a flush serves the events of many.
function delivered(tracer: Tracer, { traceparent, time, subject }: CometEvent): void {
  const parent = contextOf(traceparent);
  if (parent === undefined) return;
  const attributes = attributesOf('deliver', undefined, subject);
  const span = guarded(() => tracer.startSpan('deliver', { startTime: time, attributes }, parent));
  if (span !== undefined) queueMicrotask(() => end(span));
}

/** Makes of the option what can be asked for each event. One that throws must not keep an event from being published. */
export function asksFor(option: boolean | Asks): Asks {
  if (typeof option === 'boolean') return () => option;
  return (subject) => {
    try {
      return option(subject) === true;
    } catch (error) {
      diag.error('@cometkit/opentelemetry: the option `trace` threw, and the event is not traced', error);
      return false;
    }
  };
}
