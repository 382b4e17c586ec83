// Many subscriptions: what one holds of the heap, and what an event costs that matches none of them.
import { figure, plain } from './measures.mjs';
import { connectLoad, sleep, within, withServer } from './trial.mjs';

const heapOf = ({ heapUsed, external }) => heapUsed + external;
// Until the server has taken note that its clients are gone; their sessions live on.
const goneMs = 1000;

async function publishCosts(server, plan) {
  const costs = [];
  for (const empty of [false, true]) {
    const work = server.ask('drive', { kind: 'unmatched', subjects: 1000, empty, ...plan });
    const { cpuUs, events } = await within(work, 60_000, 'publishing');
    costs.push(cpuUs / events);
  }
  return costs;
}

/** The heap while clients of so many subscriptions each are there, what a publish costs, and the heap when they are gone. */
async function standing(context, system, { sessions, subscriptions }) {
  const chosen = { ...system, options: { ...system.options, subscriptions } };
  return await withServer(chosen, async (server) => {
    const running = await connectLoad(context.generator, server, { connections: sessions });
    try {
      const open = heapOf(await server.ask('memory'));
      const costs = await publishCosts(server, context.times);
      const stats = await server.ask('stats');
      running.stop();
      await sleep(goneMs);
      const gone = heapOf(await server.ask('memory'));
      return { open, stats, costs, gone, left: await server.ask('stats') };
    } finally {
      running.stop();
    }
  });
}

/** Sessions with one subscription each, and as many with many: what is more is what subscriptions hold. */
export async function subscribing(context, system, { sessions, subscriptions }) {
  // Both have filled the log before the last look, so it is not in the difference.
  const few = await standing(context, system, { sessions, subscriptions: 1 });
  const many = await standing(context, system, { sessions, subscriptions });
  const each = (more) => more / (sessions * (subscriptions - 1));
  const [publish, empty] = many.costs;
  const wanted = sessions * subscriptions;
  const live = many.stats.subscriptions !== undefined;
  const figures = [
    figure('publish that nobody matches', 'µs', publish),
    figure('the same of an empty event', 'µs', empty),
    figure('heap of a subscription', 'B', each(many.open - few.open)),
    ...(live ? [figure('the same without a channel', 'B', each(many.gone - few.gone), plain)] : []),
  ];
  const found = live ? [many.stats.subscriptions, many.left.subscriptions] : [];
  const faults = found
    .filter((count) => count !== wanted)
    .map((count) => `${count} of ${wanted} subscriptions`);
  return { figures, faults, generator: 0 };
}
