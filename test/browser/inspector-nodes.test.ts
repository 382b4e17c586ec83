import { createInspector } from '@cometkit/inspector';
import { createHub, createNodeHandler } from '@cometkit/node';
import { openStream } from '@cometkit/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openRedisCluster } from '../../packages/redis/src/redis-cluster.ts';
import { quick, secret } from '../redis/engine.ts';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';

const skipped = [skipsRedis(), skipsChromium('the inspector of two nodes')].some((missing) => missing);

/** A node with an inspector. */
async function start(url: string, nodeId: string): Promise<string> {
  const hub = createHub({ cluster: openRedisCluster({ url, secret, nodeId }, quick) });
  const push = createNodeHandler(hub, { path: '/push' });
  const inspector = createInspector(push, { path: '/inspector', authorize: () => true });
  const server = await disposableServer((request, response) => {
    inspector(request, response, () => push(request, response));
  }, '');
  onTestFinished(async () => {
    await push.close();
    await inspector.close();
    server.server.closeAllConnections();
    await server.close();
  });
  await eventually('a node with its engine', () => push.ready());
  return server.url;
}

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
      const stream = await openStream(`${two}/push?type=join-listen&format=ndjson&subject=/orders`);
      const [, session = ''] = /"session":"([\w-]+)"/.exec(await stream.until('join-listen-ack')) ?? [];
      const page = await browser.newPage({ viewport: { width: 390, height: 800 }, colorScheme });
      onTestFinished(() => page.close());
      await page.goto(`${one}/inspector/`);
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
});
