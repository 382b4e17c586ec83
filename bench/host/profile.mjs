// Where the time of a server goes, by the sampling profiler of V8.
import { Session } from 'node:inspector/promises';

const shown = 25;

function nameOf({ functionName, url, lineNumber }) {
  const file = url.split('/').slice(-3).join('/');
  return `${functionName || '(anonymous)'} ${file}${file ? `:${lineNumber + 1}` : ''}`.trim();
}

/** Whose code it is: a package of ours, Node, somebody's module, or the machine's own (system calls, collections). */
function ownerOf({ functionName, url }) {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  if (url.startsWith('node:')) return 'node';
  const module = url.match(/node_modules\/([^/]+)|packages\/([^/]+)/);
  return module?.[2] ?? module?.[1] ?? 'bench';
}

/** Lines of the shares of own time, the most costly first; idle time does not count. */
function shares({ nodes, samples, timeDeltas }, keyOf, count) {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, keyOf(callFrame)]));
  const own = new Map();
  let total = 0;
  samples.forEach((id, at) => {
    const key = keys.get(id);
    if (key === '(idle)') return;
    total += timeDeltas[at];
    own.set(key, (own.get(key) ?? 0) + timeDeltas[at]);
  });
  const sorted = [...own].sort(([, a], [, b]) => b - a).slice(0, count);
  return sorted.map(([key, time]) => `${((100 * time) / total).toFixed(1).padStart(6)} %  ${key}`);
}

/** Runs something under the profiler; its result gets a `profile` of text lines. */
export async function profiled(run) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  const result = await run();
  const { profile } = await session.post('Profiler.stop');
  return {
    ...result,
    profile: [...shares(profile, ownerOf, 12), '  of that', ...shares(profile, nameOf, shown)],
  };
}
