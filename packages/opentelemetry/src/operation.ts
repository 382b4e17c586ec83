import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';

/** The name under which meters and tracers are taken. */
export const scope = '@cometkit/opentelemetry';

/**
 * What a span says of an event.
 *
 * @remarks Follows the semantic conventions for messaging: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export function attributesOf(operation: string, type: string | undefined, subject: string): Attributes {
  return {
    'messaging.system': 'cometkit',
    'messaging.operation.name': operation,
    ...(type !== undefined && { 'messaging.operation.type': type }),
    'messaging.destination.name': subject,
  };
}

/** Ends a span with what was thrown. */
export function endWith(span: Span, error: unknown): void {
  const thrown = error instanceof Error ? error : new Error(String(error));
  span.recordException(thrown);
  span.setStatus({ code: SpanStatusCode.ERROR, message: thrown.message });
  span.setAttribute('error.type', thrown.name);
  span.end();
}
