import { type Attributes, diag, type Span, SpanStatusCode } from '@opentelemetry/api';

/** The name under which meters and tracers are taken. */
export const scope = '@cometkit/opentelemetry';

// As long as a subject may be by default: what is longer was refused, or is cut.
const maxSubjectChars = 256;

/**
 * Calls what the application has plugged into the SDK: samplers, processors, spans. What they throw goes to the log of OpenTelemetry.
 *
 * @returns undefined when it threw: nobody's event or listener may fail because of it.
 */
export function guarded<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    diag.error(`${scope}: the SDK threw`, error);
    return undefined;
  }
}

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
    'messaging.destination.name': subject.slice(0, maxSubjectChars),
  };
}

/** Ends a span. */
export function end(span: Span): void {
  guarded(() => span.end());
}

/** Ends a span with what was thrown. */
export function endWith(span: Span, error: unknown): void {
  guarded(() => {
    // Not everything that can be thrown has a text.
    const thrown = error instanceof Error ? error : new Error(`threw ${typeof error}`);
    span.recordException(thrown);
    span.setStatus({ code: SpanStatusCode.ERROR, message: thrown.message });
    span.setAttribute('error.type', thrown.name);
  });
  end(span);
}
