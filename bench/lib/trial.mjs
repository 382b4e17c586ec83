// One measurement: a fresh server, a fresh generator, a plan, two accounts.
import { Generator } from './generator.mjs';
import { startServer } from './server.mjs';

/** Waits so many milliseconds. */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Fails when something takes too long; `what` says what it was. */
export function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Starts a generator against a server and waits until all its connections listen. */
export async function connectLoad(generator, server, load) {
  const settings = { port: server.port, control: server.control, client: server.client };
  const sources = Math.max(1, Math.ceil(load.connections / 1000));
  const running = new Generator(generator, { ...settings, sources, ...load });
  try {
    await within(running.ready(), 60_000, 'connecting');
  } catch (error) {
    running.stop();
    throw error;
  }
  return running;
}

/** Gives `use` a server of this system, and ends it afterwards. */
export async function withServer(system, use) {
  const server = await startServer(system);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

// Asks the server for its statistics again and again, the last time when the work is done.
async function watch(server, work, everyMs) {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const found = [];
  do {
    await Promise.race([done, sleep(everyMs)]);
    found.push(await server.ask('stats'));
  } while (!isDone);
  return found;
}

/**
 * Runs one plan against one system.
 *
 * @param options - `load` and `plan`; with `memory` the server's memory at the end is answered too, with `statsMs` its statistics
 *   each time so many milliseconds have passed, and at the end.
 * @returns what the server measured of itself and what the generator saw.
 */
export function trial(context, system, { load, plan: given, memory = false, statsMs }) {
  const { profile, say } = context;
  const plan = { ...given, profile };
  return withServer(system, async (server) => {
    const running = await connectLoad(context.generatorFor(system), server, {
      ...load,
      tls: system.tls ? 1 : 0,
    });
    try {
      await sleep(300);
      const measureMs = plan.warmUpMs + plan.measureMs;
      const work = within(server.ask('drive', plan), measureMs * 2 + 30_000, 'publishing');
      const stats = statsMs ? await watch(server, work, statsMs) : undefined;
      const result = await work;
      for (const line of result.profile ?? []) say(line);
      const after = memory ? await server.ask('memory') : undefined;
      const account = await within(running.report(result.last), 30_000, 'the account');
      return { server: result, load: account, memory: after, stats };
    } finally {
      running.stop();
    }
  });
}

/** What the generator found wrong, in words; undefined when every event came once and in order. */
export function faultOf({ lost, duplicates, reordered, misrouted, ended, unanswered = 0, firstFault }) {
  const counts = {
    lost,
    duplicates,
    reordered,
    misrouted,
    ended,
    'acknowledgements without an answer': unanswered,
  };
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  if (found.length === 0) return undefined;
  return `${found.map(([name, count]) => `${count} ${name}`).join(', ')}${firstFault ? ` (${firstFault})` : ''}`;
}
