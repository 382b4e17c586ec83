// Run with --expose-gc: what sessions of each kind hold of the heap, as JSON lines. `session-memory.test.ts` reads it.
import { randomBytes } from 'node:crypto';
import { createPureHub } from '../../packages/core/dist/index.js';

const runtime = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  randomId: () => randomBytes(16).toString('base64url'),
};
const text = (length) => randomBytes(length).toString('base64url').slice(0, length);
const deep = () => `/${Array.from({ length: 15 }, () => text(15)).join('/')}/*`;
const label = () => text(128);

function heap() {
  for (let time = 0; time < 3; time += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// Until it is refused.
function fill(subscribe) {
  for (let n = 0; n < 100; n += 1) {
    try {
      subscribe(n);
    } catch (error) {
      return error.details;
    }
  }
  return undefined;
}

const kinds = {
  dormant: [2000, () => undefined],
  usual: [500, (hub, session, at) => fill((n) => hub.subscribe(session, `/users/${at}/topics/${n}`))],
  long: [200, (hub, session) => fill(() => hub.subscribe(session, `/${text(255)}`, { label: label() }))],
  deep: [200, (hub, session) => fill(() => hub.subscribe(session, deep(), { label: label() }))],
  prefixes: [
    200,
    (hub, session) => fill(() => hub.subscribe(session, text(256), { matching: 'prefix', label: label() })),
  ],
  wide: [200, (hub, session) => fill(() => hub.subscribe(session, `/${'\u4e2d'.repeat(200)}${text(55)}`))],
  lists: [
    200,
    (hub, session) => fill(() => hub.subscribe(session, Array.from({ length: 10 }, deep).join(','))),
  ],
  churning: [
    20,
    (hub, session) =>
      fill(() => {
        for (let n = 0; n < 5; n += 1) {
          const { id } = hub.subscribe(session, deep(), { label: label() });
          hub.unsubscribe(session, id);
        }
      }),
  ],
  publishing: [
    200,
    (hub, session) => {
      for (let n = 0; n < 1024; n += 1)
        hub.publish('/nobody', 1, {
          from: session,
          messageId: `${'x'.repeat(100_000)}${text(64)}`.slice(-64),
        });
    },
  ],
};

for (const [kind, [count, work]] of Object.entries(kinds)) {
  const hub = createPureHub(runtime, { log: { maxEvents: 1 } });
  // What is made once, code and tables of the smallest size, is no memory of a session.
  work(hub, hub.join(), -1);
  const before = heap();
  const counted = hub.stats().sessionBytes;
  let refused;
  for (let n = 0; n < count; n += 1) refused = work(hub, hub.join(), n);
  const held = (heap() - before) / count;
  const stats = hub.stats();
  const subscriptions = stats.subscriptions / (count + 1);
  console.log(
    JSON.stringify({ kind, held, counted: (stats.sessionBytes - counted) / count, subscriptions, refused }),
  );
}
