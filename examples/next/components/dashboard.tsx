'use client';

import type { ReactNode } from 'react';
import { useSubscription } from '../lib/comet';
import type { Sample } from '../lib/subjects';
import { Sparkline } from './sparkline';

const shown = 60;

/** The machine: rendered on the server with a first sample, and alive from there. */
export function Dashboard({ since, first }: { since: string; first: Sample }): ReactNode {
  const { value: samples } = useSubscription('/machine', {
    since,
    initial: [first],
    reduce: (before, { data }) => [...before, data].slice(-shown),
  });
  const { cpu, load, memory, uptime } = samples.at(-1) ?? first;
  const used = memory.total - memory.free;
  return (
    <section className="tiles" aria-label="Machine">
      <Tile name="Processor" value={`${Math.round(cpu * 100)} %`}>
        <Sparkline values={samples.map((sample) => sample.cpu)} length={shown} />
      </Tile>
      <Tile name="Memory" value={`${gib(used)} of ${gib(memory.total)} GiB`}>
        <meter min={0} max={memory.total} value={used} />
      </Tile>
      <Tile name="Load" value={load.map((average) => average.toFixed(2)).join('  ')} />
      <Tile name="This server" value={`${Math.round(memory.server / 2 ** 20)} MiB`}>
        up {duration(uptime.server)}, the machine {duration(uptime.machine)}
      </Tile>
    </section>
  );
}

function Tile({ name, value, children }: { name: string; value: string; children?: ReactNode }): ReactNode {
  return (
    <article className="tile">
      <h2>{name}</h2>
      <strong>{value}</strong>
      <div>{children}</div>
    </article>
  );
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h`;
}
