/**
 * Traces that go on in a client, in a browser or in Node.
 *
 * @packageDocumentation
 */
import { context, SpanKind, type TracerProvider, trace } from '@opentelemetry/api';
import { attributesOf, end, endWith, guarded, scope } from './operation.ts';
import { contextOf } from './traceparent.ts';

/**
 * Wraps a listener of events so that it runs in a span of the trace that its event belongs to. The span, `process`, ends when the
 * listener returns, or when the promise that it returns settles. An event without a trace costs nothing.
 *
 * @example
 * ```ts
 * import { createClient } from '@cometkit/client';
 * import { traced } from '@cometkit/opentelemetry/client';
 *
 * createClient('/push').subscribe('/orders').on(traced((order) => console.log(order.data)));
 * ```
 *
 * @param options - `tracerProvider` gets the spans; by default the one that is registered.
 * @returns a listener that gives and throws what the wrapped one does.
 * @throws TypeError — the listener is no function.
 */
export function traced<
  Item extends {
    readonly kind: 'data' | 'gap';
    readonly subject?: string | undefined;
    readonly traceparent?: string | undefined;
  },
  Result,
>(
  listener: (item: Item) => Result,
  options: { readonly tracerProvider?: TracerProvider | undefined } = {},
): (item: Item) => Result {
  if (typeof listener !== 'function') throw new TypeError('traced: the first argument must be a function');
  const tracer = (options.tracerProvider ?? trace).getTracer(scope);
  return (item) => {
    const parent = contextOf(item.traceparent);
    if (parent === undefined) return listener(item);
    const attributes = attributesOf('process', 'process', item.subject ?? '');
    const span = guarded(() => tracer.startSpan('process', { kind: SpanKind.CONSUMER, attributes }, parent));
    if (span === undefined) return listener(item);
    try {
      const result = context.with(trace.setSpan(parent, span), listener, undefined, item);
      if (result instanceof Promise)
        result.then(
          () => end(span),
          (error) => endWith(span, error),
        );
      else end(span);
      return result;
    } catch (error) {
      endWith(span, error);
      throw error;
    }
  };
}
