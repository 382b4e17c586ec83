import type { HubLimits, HubStats } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { type Census, censusOf, isReady, type Totals, totalsOf } from '@cometkit/handler';
import { each, type Family, histogram, type Sample, single } from './family.ts';

const ready = { name: 'cometkit_ready', help: 'Whether newcomers are welcome, as ready() says: 1 or 0.' };

/**
 * Reads the figures of a hub. It looks at each session: for a scrape, not for every event.
 *
 * @returns the same families in the same order each time; what never happened is there as 0.
 */
export function collect(hub: ClusterHub): readonly Family[] {
  const stats = hub.stats();
  const totals = totalsOf(hub);
  return [
    ...sessions(censusOf(hub), stats, totals, hub.limits),
    single('gauge', ready, Number(isReady(hub))),
    ...events(stats, totals),
    ...resumption(stats, totals),
    ...fill(stats, hub.limits),
    ...trouble(stats, totals),
    ...times(totals),
  ];
}

function sessions(census: Census, stats: HubStats, totals: Totals, { maxSessions }: HubLimits): Family[] {
  const live: Family = {
    name: 'cometkit_sessions',
    type: 'gauge',
    help: 'Live sessions by how they listen and whether their channel is open, congested or away.',
    samples: Object.entries(census).flatMap(([transport, states]) =>
      Object.entries(states).map(([state, value]): Sample => ({ labels: { transport, state }, value })),
    ),
  };
  return [
    live,
    single('gauge', { name: 'cometkit_sessions_limit', help: 'Sessions that the hub lets in.' }, maxSessions),
    single(
      'gauge',
      { name: 'cometkit_sessions_grouped', help: 'Sessions that are served together with others.' },
      stats.grouped,
    ),
    single(
      'gauge',
      { name: 'cometkit_sessions_behind', help: 'Sessions with an open channel for which events wait.' },
      stats.behind,
    ),
    single('counter', { name: 'cometkit_sessions_opened', help: 'Sessions that began.' }, stats.opened),
    each(
      'counter',
      { name: 'cometkit_sessions_closed', help: 'Sessions that ended, by why.' },
      'reason',
      Object.entries(totals.closed),
    ),
    single(
      'gauge',
      { name: 'cometkit_subscriptions', help: 'Subscriptions of all sessions.' },
      stats.subscriptions,
    ),
  ];
}

function events(stats: HubStats, totals: Totals): Family[] {
  return [
    single(
      'counter',
      { name: 'cometkit_events_published', help: 'Events that the log took in.' },
      stats.published,
    ),
    single(
      'counter',
      {
        name: 'cometkit_events_delivered',
        help: 'Events and gaps handed to channels, those given again included.',
      },
      stats.taken,
    ),
    single(
      'counter',
      {
        name: 'cometkit_events_coalesced',
        help: 'Events that a newer one of the same subject replaced in a queue.',
      },
      stats.coalesced,
    ),
    each(
      'counter',
      { name: 'cometkit_written_bytes', unit: 'bytes', help: 'Bytes of streams and of answers to polls.' },
      'channel',
      [
        ['stream', totals.streamBytes],
        ['poll', totals.pollBytes],
      ],
    ),
  ];
}

function resumption(stats: HubStats, totals: Totals): Family[] {
  return [
    each(
      'counter',
      { name: 'cometkit_gaps', help: 'Gaps that clients were told, by why events are missing.' },
      'reason',
      Object.entries(totals.gaps),
    ),
    each(
      'counter',
      {
        name: 'cometkit_resumes',
        help: 'Clients that came back without their session and named a place: a hit goes on there, a miss begins with a gap.',
      },
      'outcome',
      [
        ['hit', stats.resumed],
        ['miss', stats.resumedBehindGap],
      ],
    ),
  ];
}

function fill(stats: HubStats, limits: HubLimits): Family[] {
  const { log, hubQueuedEvents, hubQueuedBytes, hubSessionBytes } = limits;
  const bytes = 'bytes' as const;
  const gauges: [name: string, help: string, value: number, unit?: typeof bytes][] = [
    ['cometkit_log_events', 'Events in the log.', stats.logEvents],
    ['cometkit_log_limit_events', 'Events that the log may hold.', log.maxEvents],
    ['cometkit_log_bytes', 'Memory of the events in the log.', stats.logBytes, bytes],
    ['cometkit_log_limit_bytes', 'Memory that the log may hold.', log.maxBytes, bytes],
    ['cometkit_queue_events', 'Events in all queues, one counted for each queue.', stats.queuedEvents],
    ['cometkit_queue_limit_events', 'Events that all queues may hold together.', hubQueuedEvents],
    ['cometkit_queue_bytes', 'Memory of the events in all queues.', stats.queuedBytes, bytes],
    ['cometkit_queue_limit_bytes', 'Memory that all queues may hold together.', hubQueuedBytes, bytes],
    [
      'cometkit_session_bytes',
      'Memory of what sessions hold beside their queues, subscriptions above all.',
      stats.sessionBytes,
      bytes,
    ],
    [
      'cometkit_session_limit_bytes',
      'Memory that all sessions may hold together beside their queues.',
      hubSessionBytes,
      bytes,
    ],
    [
      'cometkit_lag_events',
      'Events between the slowest session with an open channel and the newest.',
      stats.lagEvents,
    ],
  ];
  return gauges.map(([name, help, value, unit]) =>
    single('gauge', unit === undefined ? { name, help } : { name, help, unit }, value),
  );
}

function trouble(stats: HubStats, totals: Totals): Family[] {
  return [
    single(
      'counter',
      {
        name: 'cometkit_queue_overflows',
        help: 'Times that a queue was full: what the option overflow says was done.',
      },
      stats.overflows,
    ),
    single(
      'counter',
      { name: 'cometkit_acknowledgements_refused', help: 'Acknowledgements of something never handed out.' },
      stats.refusedAcks,
    ),
    each(
      'counter',
      { name: 'cometkit_refusals', help: 'Requests refused, by error code.' },
      'code',
      totals.refusals,
    ),
    each(
      'counter',
      { name: 'cometkit_hook_failures', help: 'Hooks that threw, took too long or returned nonsense.' },
      'hook',
      Object.entries(totals.hookFailures),
    ),
    single(
      'counter',
      { name: 'cometkit_failures', help: 'Failures that no client can be told: those that onError gets.' },
      totals.failures,
    ),
    single(
      'counter',
      { name: 'cometkit_loop_stalls', help: 'Times that the event loop stood still for more than a second.' },
      totals.stalls,
    ),
    single(
      'counter',
      {
        name: 'cometkit_loop_stall_seconds',
        unit: 'seconds',
        help: 'How long the event loop stood still in these.',
      },
      totals.stalledMs / 1000,
    ),
  ];
}

function times({ flushes, hooks }: Totals): Family[] {
  return [
    {
      name: 'cometkit_flush_duration_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'How long one flush took that wrote to all streams for which events waited.',
      samples: histogram({}, flushes),
    },
    {
      name: 'cometkit_hook_duration_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'How long the hooks of authorize took.',
      samples: Object.entries(hooks).flatMap(([hook, steps]) => histogram({ hook }, steps)),
    },
  ];
}
