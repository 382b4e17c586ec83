import { createClient } from '@cometkit/client';
import { openStream } from '@cometkit/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { silentConnection } from '../support/silent-connection.ts';
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

  it('ends at SIGTERM while a client reads', async () => {
    const own = await startExample('cluster', { REDIS_URL: redis.url });
    const stream = await openStream(`${own.origin}/push?subject=/nodes`);
    await silentConnection(own.origin);
    const [ms] = await Promise.all([own.program.stop(), stream.rest()]);
    expect(await own.program.ended).toBe(0);
    expect(ms).toBeLessThan(5000);
  }, 30_000);

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
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [390, 1440]) {
          await page.setViewportSize({ width, height: 800 });
          expect(await violationsOn(page)).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        }
      }
      await page.close();
    }, 60_000);

    it('shows the pages that are open at any node, also while one is killed', async () => {
      const [one, two] = [await browser.newPage(), await browser.newPage()];
      // A page that stays open is somebody who is there when this is tried again.
      onTestFinished(() => Promise.all([one.close(), two.close()]).then(() => undefined));
      const shown = (page: Page) => page.locator('#pages li').allTextContents();
      const counts = async (page: Page) => (await page.textContent('#counts')) ?? '';
      await one.goto(example.origin);
      await expect.poll(() => shown(one), { timeout: 15_000 }).toHaveLength(1);
      await two.goto(example.origin);
      for (const page of [one, two])
        await expect.poll(() => shown(page), { timeout: 15_000 }).toHaveLength(2);
      // Each connection meets another node.
      const asked = new Map<number, number>();
      await expect
        .poll(
          async () => {
            const { node, open } = await (await fetch(`${example.origin}/pages`)).json();
            asked.set(node, open.length);
            return asked.size;
          },
          { timeout: 20_000 },
        )
        .toBe(3);
      expect([...asked.values()]).toEqual([2, 2, 2]);
      const steps: number[] = [];
      const looking = setInterval(() => void shown(two).then(({ length }) => steps.push(length)), 100);
      await one.click('#kill');
      for (const page of [one, two])
        await expect
          .poll(() => counts(page), { timeout: 30_000 })
          .toMatch(/events \d{3}, missing 0, repeated 0, gaps 0/);
      await one.close();
      // Whoever closes a page leaves, and only that.
      await expect.poll(() => steps.at(-1), { timeout: 15_000 }).toBe(1);
      clearInterval(looking);
      expect(new Set(steps)).toEqual(new Set([2, 1]));
      expect(steps).toEqual([...steps].sort((a, b) => b - a));
    }, 90_000);
  });
});
