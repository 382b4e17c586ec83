import { checkOptions, having, type RulesOf, suchAs } from '@cometkit/core/check-options';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';

/** Options of the instrumentation of a hub. */
export interface InstrumentOptions {
  /** Gets the metrics. @defaultValue the one that is registered when `instrument` is called */
  readonly meterProvider?: MeterProvider | undefined;
  /** Gets the spans. @defaultValue the one that is registered */
  readonly tracerProvider?: TracerProvider | undefined;
  /**
   * Which events are traced: all of them, or those whose subject the function returns true for. A sampled one carries its
   * `traceparent` to every receiver. It is called for each event that is published, so it must be quick.
   *
   * @defaultValue none
   */
  readonly trace?: boolean | ((subject: string) => boolean) | undefined;
  /** Attributes of every figure, such as `{ hub: 'orders' }` where a process has several hubs. @defaultValue none */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

const taken = new Set(['transport', 'state', 'reason', 'code', 'hook', 'channel', 'outcome']);

const rules: RulesOf<InstrumentOptions> = {
  meterProvider: having('getMeter'),
  tracerProvider: having('getTracer'),
  trace: suchAs(
    'true, false or a function of the subject',
    (value) => typeof value === 'boolean' || typeof value === 'function',
  ),
  attributes: suchAs(`an object of texts by names that are none of ${[...taken].join(', ')}`, areAttributes),
};

/** @throws TypeError — an option is unknown or of the wrong type, or an attribute has a name that is taken or no name. */
export function checkInstrumentOptions(options: InstrumentOptions): void {
  checkOptions(options, rules);
}

function areAttributes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, text]) => name !== '' && !taken.has(name) && typeof text === 'string',
  );
}
