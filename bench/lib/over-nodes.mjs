// Many nodes: what a delivery costs that was published at another node, and how much goes through one log.
import { figure, outcome, p50, p99, plain } from './measures.mjs';
import { seenByLoad, spentBy, withNodes } from './nodes.mjs';
import { connectLoad, sleep, within } from './trial.mjs';

const settleMs = 300;

// The window of the first node's account is the same time in which the others are looked at.
async function driven(nodes, engine, plan) {
  const { warmUpMs, measureMs } = plan;
  const work = within(nodes[0].ask('drive', plan), (warmUpMs + measureMs) * 2 + 30_000, 'publishing');
  await sleep(warmUpMs);
  const [before, from] = [await spentBy(nodes, engine), performance.now()];
  const result = await work;
  const after = await spentBy(nodes, engine);
  // A rate per time: the two windows differ by some milliseconds.
  const share = result.wallMs / (performance.now() - from);
  return {
    ...result,
    nodesUs: (after.nodesUs - before.nodesUs) * share,
    engineUs: (after.engineUs - before.engineUs) * share,
  };
}

// Where the time of the first node goes, and that of the last, for --profile.
async function profiled({ profile, say }, nodes, drive) {
  if (!profile) return await drive();
  const last = nodes.length > 1 ? nodes.at(-1) : undefined;
  const reading = last?.ask('drive', { kind: 'attend', profile });
  const result = await drive();
  await last?.ask('halt');
  for (const line of [...result.profile, '', ...((await reading)?.profile ?? [])]) say(line);
  return result;
}

async function measured(context, system, { nodes: count, connections, ack = 0, ...given }) {
  const plan = { ...context.times, ...given, profile: context.profile };
  return await withNodes(system, count, async (nodes, engine) => {
    const load = { connections, ack };
    const running = await connectLoad(context.generator, seenByLoad(nodes), load);
    try {
      await sleep(settleMs);
      const server = await profiled(context, nodes, () => driven(nodes, engine, plan));
      return { server, load: await within(running.report(server.last), 30_000, 'the account') };
    } finally {
      running.stop();
    }
  });
}

/** Streams of one node, events from another. */
export async function acrossNodes(context, system, plan) {
  const result = await measured(context, system, plan);
  const { events, wallMs, nodesUs, engineUs } = result.server;
  const deliveries = events * plan.connections;
  const rate = figure('deliveries', '1/s', (deliveries * 1000) / wallMs, { more: true });
  return outcome(
    [result],
    [
      figure('CPU of the nodes per delivery', 'µs', nodesUs / deliveries),
      figure('CPU of the engine per event', 'µs', engineUs / events, plain),
      ...(plan.ack ? [rate] : [p50(result), p99(result)]),
    ],
  );
}

/** Events through one log to a few streams of another node: many in a turn, and one in a turn. */
export async function throughLog(context, system, { many, ...plan }) {
  const kinds = [
    ['in full frames', many],
    ['one in a turn', { batch: 1, size: 50, ack: 5 }],
  ];
  const results = [];
  const figures = [];
  for (const [name, kind] of kinds) {
    const result = await measured(context, system, { kind: 'turns', ...plan, ...kind });
    const { events, wallMs, nodesUs } = result.server;
    results.push(result);
    figures.push(
      figure(`events, ${name}`, '1/s', (events * 1000) / wallMs, { more: true }),
      figure(`CPU of the nodes per event, ${name}`, 'µs', nodesUs / events, plain),
    );
  }
  return outcome(results, figures);
}

/** What a node asks of its engine when nothing happens: without sessions, and with many that wait. */
export async function idleEngine(context, system, { sessions, measureMs }) {
  return await withNodes(system, 2, async (nodes, engine) => {
    const perNode = async () => {
      const from = await engine.commands();
      await sleep(measureMs);
      return ((await engine.commands()) - from) / nodes.length / (measureMs / 1000);
    };
    await sleep(settleMs);
    const alone = await perNode();
    const load = { connections: sessions / nodes.length };
    const crowds = [];
    try {
      for (const { port, client } of nodes)
        crowds.push(await connectLoad(context.generator, { port, client, control: 0 }, load));
      await sleep(settleMs);
      const figures = [
        figure('commands of a node, no session', '1/s', alone, plain),
        figure(`commands of a node, its half of ${sessions} sessions`, '1/s', await perNode(), plain),
      ];
      return { figures, faults: [], generator: 0 };
    } finally {
      for (const crowd of crowds) crowd.stop();
    }
  });
}
