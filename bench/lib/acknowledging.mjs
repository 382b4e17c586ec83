// Clients that acknowledge, for so long that every lease, heartbeat and acknowledgement has come round many times.
import { cpuPerDelivery, figure, outcome, p50, p99, plain } from './measures.mjs';
import { trial } from './trial.mjs';

// A limit has no leases: it is warm when the compiler is done. Units: ms.
const limitWarmUpMs = 10_000;

/** What is wrong with the sessions at the end, by the statistics of their hub, in words; nothing for a system that has none. */
export function standingFaults(stats, sessions) {
  if (stats.sessions === undefined) return [];
  const found = [];
  if (stats.grouped !== sessions)
    found.push(`${stats.grouped} of ${sessions} sessions are grouped at the end`);
  if (stats.refusedAcks > 0) found.push(`${stats.refusedAcks} acknowledgements proved nothing`);
  return found;
}

// Each client owes one for every period; the first of them may fall before the window.
function silenceOf({ load, server }, system, { connections, acknowledgeMs }) {
  if (!system.options.acknowledge) return [];
  const owed = connections * Math.floor(server.wallMs / (2 * acknowledgeMs));
  return load.acknowledged < owed
    ? [`only ${load.acknowledged} acknowledgements came, of at least ${owed}`]
    : [];
}

function sessionFigures(stats) {
  if (stats.at(-1).grouped === undefined) return [];
  const least = Math.min(...stats.map(({ grouped }) => grouped));
  return [
    figure('grouped at the end', 'sessions', stats.at(-1).grouped, plain),
    figure('grouped, least', 'sessions', least, plain),
  ];
}

/**
 * Events to clients that acknowledge as the own client does. The limits get no longer warm-up than they need.
 *
 * @remarks All sessions must be served in delivery groups at the end, or the run is wrong.
 */
export async function acknowledging(context, system, { connections, rate, acknowledgeMs, hub, ...times }) {
  const isLimit = system.group === 'limits';
  const options = isLimit ? system.options : { ...system.options, acknowledge: true, hub };
  const chosen = { ...system, options };
  const warmUpMs = isLimit ? Math.min(limitWarmUpMs, times.warmUpMs) : times.warmUpMs;
  const result = await trial(context, chosen, {
    load: { connections, 'acknowledge-ms': acknowledgeMs },
    plan: { kind: 'steady', rate, ...times, warmUpMs },
    statsMs: context.quick ? 200 : 1000,
  });
  const figures = [
    cpuPerDelivery(result, connections),
    p50(result),
    p99(result),
    ...sessionFigures(result.stats),
  ];
  const { faults, ...rest } = outcome([result], figures);
  const silence = silenceOf(result, chosen, { connections, acknowledgeMs });
  return { ...rest, faults: [...faults, ...standingFaults(result.stats.at(-1), connections), ...silence] };
}
