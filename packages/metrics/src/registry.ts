import type { ClusterHub } from '@cometkit/core/cluster';
import { collect } from './collect.ts';
import type { Family, Labels } from './family.ts';
import { sampleName } from './text.ts';

/** What is asked of the registry of `prom-client`, so that no version of it is needed to compile. */
export interface PromRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: the classes of prom-client share no type that fits ours
  registerMetric(metric: any): void;
}

/** A metric as a registry reads it. */
interface PromMetric {
  name: string;
  readonly help: string;
  readonly type: Family['type'];
  readonly aggregator: 'sum';
  get(): Promise<object>;
  reset(): undefined;
}

interface PromValue {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/**
 * Adds the figures of a hub to a registry of `prom-client`, which gives them with the application's own.
 *
 * @throws Error — the registry has figures of a hub already.
 */
export function register(hub: ClusterHub, registry: PromRegistry, constant: Labels): void {
  const reading = new Reading(hub);
  for (const family of reading.families()) registry.registerMetric(metricOf(family, reading, constant));
}

function metricOf(family: Family, reading: Reading, constant: Labels): PromMetric {
  const { help, type } = family;
  return {
    // A registry of OpenMetrics takes `_total` away from it.
    name: sampleName(family),
    help,
    type,
    aggregator: 'sum',
    async get() {
      const now = reading.families().find(({ name }) => name === family.name) ?? family;
      return { name: this.name, help, type, aggregator: 'sum', values: valuesOf(now, constant) };
    },
    // The hub counts on: totals are as old as the hub.
    reset: () => undefined,
  };
}

function valuesOf(family: Family, constant: Labels): PromValue[] {
  return family.samples.map(({ suffix, labels, value }) => ({
    labels: { ...constant, ...labels },
    value,
    ...(suffix !== undefined && { metricName: family.name + suffix }),
  }));
}

/** The figures of a hub, read once for all metrics that are asked for in one turn. */
class Reading {
  readonly #hub: ClusterHub;
  #families: readonly Family[] | undefined = undefined;

  constructor(hub: ClusterHub) {
    this.#hub = hub;
  }

  families(): readonly Family[] {
    if (this.#families !== undefined) return this.#families;
    const families = collect(this.#hub);
    this.#families = families;
    queueMicrotask(() => {
      this.#families = undefined;
    });
    return families;
  }
}
