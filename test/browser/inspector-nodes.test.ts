import { createHub } from '@cometkit/node';
import { openStream } from '@cometkit/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openRedisCluster } from '../../packages/redis/src/redis-cluster.ts';
import { serveInspector } from '../inspector/kit.ts';
import { quick, secret } from '../redis/engine.ts';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';

const skipped = [skipsRedis(), skipsChromium('the inspector of two nodes')].some((missing) => missing);

const start = (url: string, nodeId: string) =>
  serveInspector(createHub({ cluster: openRedisCluster({ url, secret, nodeId }, quick) }), {
    drain: { settleMs: 0, drainMs: 0 },
  });

describe.skipIf(skipped)('the page of the inspector of one node of two', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  it.each(['light', 'dark'] as const)(
    'says which node has a session, and publishes to it, on a phone in %s colours',
    async (colorScheme) => {
      const redis = await RedisServer.start();
      onTestFinished(() => redis.close());
      const [one, two] = await Promise.all([start(redis.url, 'one'), start(redis.url, 'two')]);
      const stream = await openStream(`${two.url}/push?type=join-listen&format=ndjson&subject=/orders`);
      const [, session = ''] = /"session":"([\w-]+)"/.exec(await stream.until('join-listen-ack')) ?? [];
      const page = await browser.newPage({ viewport: { width: 390, height: 800 }, colorScheme });
      onTestFinished(() => page.close());
      await page.goto(`${one.url}/inspector/`);
      await page.getByText(/^one[0-9a-z]+$/).waitFor();
      await page.getByLabel('Part of an id, a principal or a pattern').fill(session);
      await page.getByRole('button', { name: 'Find' }).click();
      await page.getByText(/^not here: node two[0-9a-z]+ has its channel: ask there$/).waitFor();
      await page.getByLabel('Subject of the event').fill('/orders');
      await page.getByRole('button', { name: 'Explain' }).click();
      await page.getByText(/^No session here has this id: node two[0-9a-z]+ has its channel/).waitFor();
      await page.getByLabel('Subject', { exact: true }).fill('/orders');
      await page.getByRole('button', { name: 'Publish' }).click();
      await page.getByText(/^published at position \d+$/).waitFor();
      await stream.until('"test"');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect([wide <= 0, await violationsOn(page)]).toEqual([true, []]);
      stream.close();
    },
    60_000,
  );

  it.each(['light', 'dark'] as const)(
    'drains that node once it was read what that means, on a phone in %s colours',
    async (colorScheme) => {
      const redis = await RedisServer.start();
      onTestFinished(() => redis.close());
      const [one, two] = await Promise.all([start(redis.url, 'one'), start(redis.url, 'two')]);
      const stream = await openStream(`${two.url}/push?format=ndjson&subject=/orders`);
      const page = await browser.newPage({ viewport: { width: 390, height: 800 }, colorScheme });
      onTestFinished(() => page.close());
      await page.goto(`${two.url}/inspector/`);
      const drain = page.getByRole('button', { name: 'Drain it …' });
      await drain.click();
      const dialog = page.getByRole('dialog', { name: /^Drain node two[0-9a-z]+\?$/ });
      await dialog.getByText(/^Then 1 open channel of 1 session are told to move/).waitFor();
      await dialog.getByText(/^Clients go on at another node with their session/).waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect([wide <= 0, await violationsOn(page)]).toEqual([true, []]);
      await page.keyboard.press('Escape');
      expect([await dialog.isVisible(), two.push.ready()]).toEqual([false, true]);
      await drain.click();
      await dialog.getByRole('button', { name: 'Leave it as it is' }).click();
      expect(two.push.ready()).toBe(true);
      await drain.click();
      await dialog.getByRole('button', { name: 'Drain it', exact: true }).click();
      expect(await stream.rest()).toContain('"refresh"');
      await page
        .getByText(/^It is drained: everybody was told to move\. Still here: 1 session, 0 open/)
        .waitFor();
      expect([await drain.isVisible(), one.push.ready(), two.push.ready()]).toEqual([false, true, false]);
      expect(await violationsOn(page)).toEqual([]);
    },
    60_000,
  );
});
