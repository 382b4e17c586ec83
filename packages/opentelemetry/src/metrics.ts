import type { ClusterHub } from '@cometkit/core/cluster';
import { type HookName, totalsOf } from '@cometkit/handler';
import { collect, type Family } from '@cometkit/metrics/adapter';
import type {
  Attributes,
  BatchObservableCallback,
  Meter,
  MetricOptions,
  Observable,
} from '@opentelemetry/api';
import { guarded } from './operation.ts';

/** A way back: takes away what was added. */
export type Undo = () => void;

// By the OpenTelemetry rules for Prometheus these names become those of `@cometkit/metrics` again.
function nameOf({ name, unit }: Family): string {
  const bare = unit === undefined ? name : name.slice(0, -unit.length - 1);
  return bare.replaceAll('_', '.');
}

/** What is counted, in UCUM: `By`, `s`, `{session}`. */
function unitOf({ name, unit }: Family): string {
  if (unit !== undefined) return unit === 'bytes' ? 'By' : 's';
  const counted = name.split('_').find((word) => word.endsWith('s'));
  return `{${counted?.slice(0, -1) ?? 'item'}}`;
}

function wordsOf(family: Family): MetricOptions {
  return { description: family.help, unit: unitOf(family) };
}

/** Gives what a hub counts to a meter, each time the meter asks, and how long flushes and hooks take, each time. */
export function measure(hub: ClusterHub, meter: Meter, attributes: Attributes): Undo {
  const families = collect(hub);
  const forget = observe(hub, meter, families, attributes);
  const rest = recordDurations(hub, meter, families, attributes);
  return () => {
    forget();
    rest();
  };
}

function observe(hub: ClusterHub, meter: Meter, families: readonly Family[], attributes: Attributes): Undo {
  const instruments = new Map<string, Observable>();
  for (const family of families)
    if (family.type !== 'histogram') instruments.set(family.name, instrumentFor(family, meter));
  const callback: BatchObservableCallback = (result) => {
    for (const { name, samples } of collect(hub)) {
      const instrument = instruments.get(name);
      if (instrument === undefined) continue;
      for (const { labels, value } of samples)
        result.observe(instrument, value, { ...attributes, ...labels });
    }
  };
  const all = [...instruments.values()];
  meter.addBatchObservableCallback(callback, all);
  return () => meter.removeBatchObservableCallback(callback, all);
}

function instrumentFor(family: Family, meter: Meter): Observable {
  const name = nameOf(family);
  const words = wordsOf(family);
  if (family.type === 'counter') return meter.createObservableCounter(name, words);
  // The lag of two nodes cannot be added, the sessions of two can.
  return family.name === 'cometkit_lag_events'
    ? meter.createObservableGauge(name, words)
    : meter.createObservableUpDownCounter(name, words);
}

function recordDurations(
  hub: ClusterHub,
  meter: Meter,
  families: readonly Family[],
  attributes: Attributes,
): Undo {
  const { flushes, hooks } = totalsOf(hub);
  const all = [flushes, ...Object.values(hooks)];
  const histogram = (name: string, boundaries: readonly number[]) => {
    const family = families.find((found) => found.name === name) as Family;
    const advice = { explicitBucketBoundaries: [...boundaries] };
    return meter.createHistogram(nameOf(family), { ...wordsOf(family), advice });
  };
  const flush = histogram('cometkit_flush_duration_seconds', flushes.bounds);
  flushes.watcher = (seconds) => void guarded(() => flush.record(seconds, attributes));
  const hook = histogram('cometkit_hook_duration_seconds', hooks.join.bounds);
  for (const name of Object.keys(hooks) as HookName[]) {
    const named = { ...attributes, hook: name };
    hooks[name].watcher = (seconds) => void guarded(() => hook.record(seconds, named));
  }
  return () => {
    for (const durations of all) durations.watcher = undefined;
  };
}
