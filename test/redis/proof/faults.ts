import type { SeededRandom } from '../../sim/random.ts';
import { RedisServer } from '../../support/redis.ts';
import type { Stand } from './stand.ts';

type Fault = (stand: Stand, random: SeededRandom) => Promise<void>;

const log = '{comet}log';
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What happens in the proof, by name. Each returns when it is over. */
export const faults: Readonly<Record<string, Fault>> = {
  'kill -9 of a node': async ({ nodes }, random) => {
    const node = random.pick(nodes);
    await node.end('SIGKILL');
    await wait(random.integer(0, 300));
    await node.start();
  },
  'stopped node': ({ nodes }, random) => random.pick(nodes).stop(random.integer(200, 2500)),
  'rolling restart': async ({ nodes }) => {
    for (const node of nodes) {
      await node.end('SIGTERM');
      await node.start();
    }
  },
  'partition of a node, told': async ({ proxies }, random) => {
    const proxy = random.pick(proxies);
    proxy.refuse();
    await wait(random.integer(100, 1500));
    proxy.open();
  },
  'partition of a node, silent': async ({ proxies }, random) => {
    const proxy = random.pick(proxies);
    proxy.silence();
    await wait(random.integer(100, 3500));
    proxy.open();
  },
  'cut between a node and the engine': async ({ proxies }, random) => random.pick(proxies).cut(),
  'answers of the engine cut off': async ({ proxies }, random) =>
    random.pick(proxies).cutAnswers(random.integer(1, 3)),
  'all clients cut': async ({ balancer }) => balancer.cut(),
  'kill -9 of the engine': async (stand) => {
    await stand.server.kill();
    await stand.server.run();
  },
  'kill -9 of the engine without its data': async (stand) => {
    await stand.server.kill();
    stand.server.forget();
    await stand.server.run();
  },
  'stopped engine': async (stand, random) => {
    stand.server.signal('SIGSTOP');
    await wait(random.integer(100, 1500));
    stand.server.signal('SIGCONT');
  },
  FLUSHALL: async (stand) => void (await stand.server.command('FLUSHALL')),
  XTRIM: async (stand, random) =>
    void (await stand.server.command('XTRIM', log, 'MAXLEN', String(random.integer(0, 5)))),
  'DEL of the log': async (stand) => void (await stand.server.command('DEL', log)),
  XDEL: async (stand) => {
    const [newest] = (await stand.server.command('XREVRANGE', log, '+', '-', 'COUNT', '1')) as [[string]?];
    if (newest !== undefined) await stand.server.command('XDEL', log, newest[0]);
  },
  'promotion of a replica that is behind': async (stand, random) => {
    const replica = await RedisServer.start('--appendfsync', 'everysec');
    await replica.command('REPLICAOF', '127.0.0.1', String(stand.server.port));
    for (let tries = 0; tries < 200; tries += 1) {
      if (/master_link_status:up/.test(String(await replica.command('INFO', 'replication')))) break;
      await wait(20);
    }
    await replica.command('REPLICAOF', 'NO', 'ONE');
    await wait(random.integer(0, 500));
    await stand.promote(replica);
  },
};
