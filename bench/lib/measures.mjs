// How each kind of workload is measured, and which figures come out: the first one leads.
import { idleClients } from './idle-clients.mjs';
import { faultOf, trial } from './trial.mjs';

/** A figure with its unit. `more`: a higher value is the better one; `plain`: its ratio to a limit would say nothing. */
export const figure = (name, unit, value, traits = {}) => ({ figure: name, unit, value, ...traits });
/** The trait of a figure without a ratio. */
export const plain = { plain: true };

const cpuOf = ({ server }, connections) => server.cpuUs / (server.events * connections);
const perSecond = ({ server }, connections) => (server.events * connections * 1000) / server.wallMs;
/** How late events were: 99 % of them no later, and half of them. */
export const p99 = ({ load }) => figure('latency, p99', 'ms', load.latencyUs.p99 / 1000, plain);
export const p50 = ({ load }) => figure('latency, median', 'ms', load.latencyUs.p50 / 1000, plain);

/** The figure that most workloads begin with. */
export const cpuPerDelivery = (result, connections) =>
  figure('CPU per delivery', 'µs', cpuOf(result, connections));

/** What every result says about itself: faults, and how busy the generator was. */
export function outcome(results, figures) {
  const faults = results.map(({ load }) => faultOf(load)).filter(Boolean);
  const generator = Math.max(...results.map(({ load }) => load.cpuUs / load.wallUs));
  return { figures, faults, generator };
}

/** Events to streams, at a rate or in a closed loop; with `own` each client of ours wants a subject of its own as well. */
export async function fanOut(context, system, { connections, ack = 0, subjects = 1, own = false, ...plan }) {
  const sharers = connections / subjects;
  const load = { connections, subjects, ack };
  const chosen = own ? { ...system, options: { ...system.options, own } } : system;
  const result = await trial(context, chosen, {
    load,
    plan: { subjects, ...context.times, ...plan },
  });
  const deliveries = figure('deliveries', '1/s', perSecond(result, sharers), { more: true });
  const extra = ack > 0 ? [deliveries] : [p50(result), p99(result)];
  return outcome([result], [cpuPerDelivery(result, sharers), ...extra]);
}

/** Events to long polls. */
export async function polls(context, system, { connections, rate }) {
  const plan = { kind: 'steady', rate, ...context.times };
  const result = await trial(context, system, { load: { connections }, plan });
  const cycle = figure('CPU per answer and next poll', 'µs', cpuOf(result, connections));
  return outcome([result], [cycle, p50(result), p99(result)]);
}

/** Clients that wait, by the thousand. */
export async function waiting(context, system, { connections }) {
  const { memoryKb, keptKb, joinUs, laterUs } = await idleClients(context.generator, system, connections);
  const figures = [
    figure('memory per waiting client', 'KB', memoryKb),
    figure('of that not nursery', 'KB', keptKb),
    figure('CPU of connect, join and listen', 'µs', joinUs),
    figure('the same of later clients', 'µs', laterUs),
  ];
  return { figures, faults: [], generator: 0 };
}

/** Readers that stop reading, and what the others notice of it. */
export async function deadReaders(context, system, { connections, rate, bytes, share }) {
  const run = (dead) => {
    const load = { connections, dead, 'receive-buffer': 4096 };
    const plan = { kind: 'steady', rate, bytes, ...context.times };
    return trial(context, system, { load, plan, memory: true });
  };
  const dead = Math.round(connections * share);
  const without = await run(0);
  const result = await run(dead);
  const held = ({ memory }) => memory.heapUsed + memory.external;
  const grown = Math.max(0, held(result) - held(without)) / dead;
  const ratio = result.load.latencyUs.p99 / without.load.latencyUs.p99;
  const figures = [
    figure('p99 of the others, with / without', '×', ratio, plain),
    p99(result),
    figure('memory per dead reader', 'KB', grown / 1024, plain),
  ];
  return outcome([without, result], figures);
}

const beatMs = 10_000;

/** Sessions with nothing to tell. */
export async function heartbeats(context, system, { connections, measureMs }) {
  const options = { ...system.options, hub: { heartbeatMs: beatMs }, beatMs };
  const plan = { kind: 'idle', warmUpMs: 1000, measureMs };
  const result = await trial(context, { ...system, options }, { load: { connections }, plan });
  const share = result.server.cpuUs / 1000 / result.server.wallMs;
  return outcome([result], [figure('CPU with nothing to tell', '% of a core', share * 100)]);
}

/** The same number of deliveries to few and to many streams. */
export async function scaling(context, system, { sizes, deliveries }) {
  const results = [];
  for (const connections of sizes) {
    const plan = { kind: 'steady', rate: deliveries / connections, ...context.times };
    results.push(await trial(context, system, { load: { connections }, plan }));
  }
  const costs = results.map((result, at) => cpuOf(result, sizes[at]));
  const figures = costs.map((cost, at) => figure(`CPU, ${sizes[at]} streams`, 'µs', cost, plain));
  return outcome(results, [figure('growth of CPU per delivery', '×', costs.at(-1) / costs[0]), ...figures]);
}
