import { createMetrics, type MetricsOptions } from '@cometkit/metrics';
import parse from 'parse-prometheus-text-format';
import { type Stage, stage } from '../handler/kit.ts';

/** A handler and what is scraped of its hub. */
export interface Scraped extends Stage {
  /** The value of one sample, by its name and labels as they are written: `cometkit_gaps_total{reason="epoch"}`. */
  value(sample: string): Promise<number>;
}

/** Makes a stage whose figures can be read. */
export function scraped(...given: Parameters<typeof stage>): Scraped {
  const world = stage(...given);
  const metrics = createMetrics(world.hub);
  const value = async (sample: string): Promise<number> => {
    const { body } = await metrics.page();
    const line = body.split('\n').find((one) => one.startsWith(`${sample} `));
    if (line === undefined) throw new Error(`there is no ${sample}`);
    return Number(line.slice(sample.length + 1));
  };
  return Object.assign(world, { value });
}

/** The text of a hub's metrics, after some life in it. */
export async function livelyText(accept?: string, options?: MetricsOptions): Promise<string> {
  const world = stage({ authorize: { join: () => true, subscribe: () => true } });
  const metrics = createMetrics(world.hub, options);
  await world.get({ type: 'join-listen', format: 'ndjson', subject: '/a' });
  world.hub.publish('/a', 1);
  await world.turn();
  await world.get({ type: 'nonsense' });
  return (await metrics.page(accept)).body;
}

/** Samples of a text by name and labels: what two texts that say the same have in common. */
export function samplesOf(text: string): ReadonlyMap<string, string> {
  const flat = parse(text).flatMap(({ name, metrics }) =>
    metrics.map(({ labels = {}, value, buckets, count, sum }): [string, string] => [
      `${name} ${JSON.stringify(Object.entries(labels).sort())}`,
      value ?? JSON.stringify({ buckets, count, sum }),
    ]),
  );
  return new Map(flat);
}
