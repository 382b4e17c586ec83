import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Handed, judge } from '../sim/oracle.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { ClientSite } from './client-site.ts';

describe.skipIf(skipsChromium('the back/forward cache'))('a page that comes back by the back button', () => {
  let browser: Browser;
  let site: ClientSite;

  beforeAll(async () => {
    browser = await launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  }, 60_000);
  afterAll(() => browser?.close());

  it.each(['stream', 'event-source', 'iframe', 'long-poll', 'poll'] as const)(
    'has missed nothing, by %s, whether it was cached or not',
    async (transport) => {
      site = await ClientSite.start();
      const page = await browser.newPage();
      const reach = (count: number) =>
        eventually(`${count} items`, () => (site.report?.handed.length ?? 0) >= count, 12_000);
      // A tool cannot follow a page into the cache: it reports by itself, and the other page goes back by itself.
      await page.goto(`${site.origin}/?report`);
      await page.evaluate((name) => window.kit.begin([name]), transport);
      site.publish(5);
      await reach(5);
      await page.evaluate(() => {
        location.href = '/other?back';
      });
      await eventually('the other page', () => site.others > 0);
      site.publish(5);
      await reach(10);
      site.publish(5);
      await reach(15);
      const { handed = [], restored } = site.report ?? {};
      process.stdout.write(
        `${transport}: ${restored ? 'the page in the cache went on' : 'the page was loaded again'}\n`,
      );
      expect(judge(site.accepted, handed as Handed[], [site.epoch]).problems).toEqual([]);
      void page.close().catch(() => undefined);
      await site.close();
    },
    30_000,
  );
});
