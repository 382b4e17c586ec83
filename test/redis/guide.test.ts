import { openStream, send } from '@cometkit/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { Stage } from '../docs/stage.ts';
import { onFreePort, Program } from '../support/program.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { secret } from './engine.ts';

describe.skipIf(skipsRedis())('the guide to many nodes', () => {
  let stage: Stage;
  let server: RedisServer;
  const programs: Program[] = [];

  beforeAll(() => {
    if (!build()) throw new Error('the packages do not build');
  }, 120_000);
  beforeEach(async () => {
    stage = new Stage();
    server = await RedisServer.start();
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.kill();
    await stage.close();
    await server.close();
  });

  it('has a server of which two are one', async () => {
    const file = stage.write(block('docs/guides/scale-out.md', '// server.mjs'));
    const env = { REDIS_URL: server.url, PUSH_SECRET: secret, PORT: '0' };
    const start = () => Program.start(stage.folder, [...onFreePort, file], env);
    programs.push(start(), start());
    const [one, two] = await Promise.all(programs.map((program) => program.address(30_000)));
    const stream = await openStream(`${one}/push?type=join-listen&format=ndjson&subject=/clock`);
    const ack = await stream.until('join-listen-ack');
    const { session, key } = JSON.parse(/{"type":"join-listen-ack".*?}\n/.exec(ack)?.[0] ?? '{}');
    const body = JSON.stringify({ type: 'heartbeat', session, key });
    const other = await send(`${two}/push`, { body, headers: { 'content-type': 'application/json' } });
    expect(other.status).toBe(200);
    const seen = await stream.until('"by":', 6);
    expect(new Set(seen.match(/"by":\d+/g)).size).toBe(2);
    stream.close();
  }, 60_000);

  it('has a worker that publishes to them without being one of them', async () => {
    const server$ = stage.write(block('docs/guides/scale-out.md', '// server.mjs'));
    const worker = stage.write(block('docs/guides/publish-from-elsewhere.md', '// worker.mjs'));
    const env = { REDIS_URL: server.url, PUSH_SECRET: secret, PORT: '0' };
    const node = Program.start(stage.folder, [...onFreePort, server$], env);
    programs.push(node);
    const stream = await openStream(
      `${await node.address(30_000)}/push?type=join-listen&format=ndjson&subject=/orders`,
    );
    await stream.until('join-listen-ack');
    const run = async () => {
      const program = Program.start(stage.folder, [worker], env);
      programs.push(program);
      await program.ended;
      return program.output;
    };
    expect(await run()).toMatch(/^\d+ is there\n$/);
    expect(await run()).toMatch(/^\d+ was there already\n$/);
    expect(await stream.until('"state":"paid"')).toContain('"subject":"/orders/7"');
    stream.close();
  }, 60_000);
});
