import os from 'node:os';
import { getHub, publish } from '@cometkit/next';
import { shared } from './shared';
import type { Sample } from './subjects';

const everyMs = 1000;

interface Ticks {
  busy: number;
  all: number;
}

interface State {
  ticks: Ticks;
  latest: Sample | undefined;
  timer: NodeJS.Timeout | undefined;
}

const state = () =>
  shared<State>('machine', () => ({ ticks: readTicks(), latest: undefined, timer: undefined }));

/** The newest sample, for a page that is being rendered. */
export function snapshot(): Sample {
  return state().latest ?? takeSample();
}

/** Publishes a sample every second, until the hub is closed. */
export function startMachine(): void {
  const own = state();
  own.timer ??= setInterval(() => {
    if (getHub().closed) return clearInterval(own.timer);
    publish('/machine', { ...takeSample() });
  }, everyMs);
}

function takeSample(): Sample {
  const own = state();
  const before = own.ticks;
  own.ticks = readTicks();
  const all = own.ticks.all - before.all;
  own.latest = {
    cpu: all > 0 ? (own.ticks.busy - before.busy) / all : 0,
    load: os.loadavg(),
    memory: { total: os.totalmem(), free: os.freemem(), server: process.memoryUsage.rss() },
    uptime: { machine: os.uptime(), server: process.uptime() },
  };
  return own.latest;
}

function readTicks(): Ticks {
  let busy = 0;
  let all = 0;
  for (const { times } of os.cpus()) {
    const total = times.user + times.nice + times.sys + times.idle + times.irq;
    all += total;
    busy += total - times.idle;
  }
  return { busy, all };
}
