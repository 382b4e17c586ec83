// Questions and answers: how long one takes, and what it costs both ends.
import { withReaders } from './clients.mjs';
import { figure, plain } from './measures.mjs';
import { within, withServer } from './trial.mjs';

/** One client that asks again and again: one question after the other, then so many at a time. */
export async function asking(_context, system, { warmUp, count, together }) {
  return await withServer(system, (server) =>
    withReaders(async (readers) => {
      const origin = `http://127.0.0.1:${server.port}`;
      await within(readers.ask('meet', { kind: system.kind, origin }), 20_000, 'connecting');
      const run = async (plan) => {
        await within(readers.ask('question', { ...plan, count: warmUp }), 60_000, 'warming up');
        const { cpuUs: from } = await server.ask('cpu');
        const result = await within(readers.ask('question', plan), 120_000, 'asking');
        const { cpuUs: to } = await server.ask('cpu');
        return { ...result, serverUs: (to - from) / plan.count };
      };
      const alone = await run({ count, together: 1 });
      const many = await run({ count, together });
      const figures = [
        figure('round trip, median', 'ms', alone.p50),
        figure('round trip, p99', 'ms', alone.p99, plain),
        figure('CPU of the server', 'µs', alone.serverUs),
        figure('CPU of the client', 'µs', alone.clientUs),
        figure(`CPU of both, ${together} at a time`, 'µs', many.serverUs + many.clientUs),
      ];
      const wrong = alone.wrong + many.wrong;
      return { figures, faults: wrong > 0 ? [`${wrong} wrong answers`] : [], generator: 0 };
    }),
  );
}
