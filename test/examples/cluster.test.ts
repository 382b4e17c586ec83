import { createClient } from '@cometkit/client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { type Example, startExample } from './example-process.ts';

describe.skipIf(skipsRedis())('the example of a cluster', () => {
  let redis: RedisServer;
  let example: Example;
  const nodes = () => [...example.program.output.matchAll(/node (\d+): http/g)].map(([, pid]) => Number(pid));

  beforeAll(async () => {
    redis = await RedisServer.start();
    example = await startExample('cluster', { REDIS_URL: redis.url });
    await eventually('three nodes', () => nodes().length >= 3, 20_000);
  }, 60_000);
  afterAll(async () => {
    await example?.program.kill();
    await redis?.close();
  });

  it('misses and repeats nothing when a node is killed', async () => {
    const client = createClient(`${example.origin}/push`);
    const gaps: unknown[] = [];
    client.on('gap', (gap) => gaps.push(gap));
    const counted = new Map<string, number[]>();
    client.subscribe('/nodes').on(({ subject, data }) => {
      counted.set(subject, [...(counted.get(subject) ?? []), (data as { n: number }).n]);
    });
    await eventually('numbers of all nodes', () => counted.size >= 3, 10_000);
    const [killed] = nodes();
    process.kill(killed as number, 'SIGKILL');
    await eventually('a fourth node', () => counted.size >= 4, 20_000);
    const last = [...counted.values()].map(({ length }) => length);
    await eventually(
      'more of the others',
      () => {
        const more = [...counted.values()].filter(({ length }, at) => length > (last[at] ?? 0) + 5);
        return more.length >= 3;
      },
      20_000,
    );
    for (const numbers of counted.values())
      expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] as number) + at));
    expect(gaps).toEqual([]);
    await client.close();
  }, 60_000);

  describe.skipIf(skipsChromium('the page of the cluster'))('its page', () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launchChromium();
    }, 60_000);
    afterAll(() => browser?.close());

    it('goes on when a click kills a node, and can be used by everybody', async () => {
      const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
      await page.goto(example.origin);
      const counts = async () => (await page.textContent('#counts')) ?? '';
      await expect.poll(counts, { timeout: 15_000 }).toMatch(/events \d\d/);
      await page.click('#kill');
      await expect.poll(counts, { timeout: 20_000 }).toMatch(/events \d{3}, missing 0, repeated 0, gaps 0/);
      expect(await violationsOn(page)).toEqual([]);
    }, 60_000);
  });
});
