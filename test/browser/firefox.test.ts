import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../faults/proxy.ts';
import { SeededRandom } from '../sim/random.ts';
import { Firefox, type FirefoxPage, skipsFirefox } from '../support/firefox.ts';
import type { BrowserTransport, PageRecord } from './client-page.ts';
import { ClientSite } from './client-site.ts';
import { complete } from './complete.ts';

const everyTransport: readonly BrowserTransport[] = [
  'web-socket',
  'stream',
  'event-source',
  'iframe',
  'long-poll',
  'poll',
];

describe.skipIf(skipsFirefox('the client in a browser'))('the client in Firefox', () => {
  let firefox: Firefox;
  let site: ClientSite;
  let pages: FirefoxPage[];

  beforeAll(async () => {
    firefox = await Firefox.launch();
  }, 60_000);
  afterAll(() => firefox?.close());
  beforeEach(async () => {
    pages = [];
    site = await ClientSite.start();
  });
  afterEach(async () => {
    for (const page of pages) await page.close();
    await site.close();
  });

  async function open(
    transports: readonly BrowserTransport[],
    { origin = site.origin, shared = false } = {},
  ): Promise<FirefoxPage> {
    const page = await firefox.newPage(pages[0]);
    pages.push(page);
    await page.goto(origin);
    await page.evaluate(([names, share]) => window.kit.begin(names, share), [transports, shared] as const);
    return page;
  }

  const read = (page: FirefoxPage): Promise<PageRecord> => page.evaluate(() => window.kit.record(), null);
  const completed = (page: FirefoxPage, timeout?: number) => complete(site, () => read(page), timeout);

  it.each(everyTransport)(
    'receives everything by %s, also what is published while it is cut off',
    async (transport) => {
      const page = await open([transport]);
      site.publish(20);
      expect((await completed(page)).transport).toBe(transport);
      site.cut();
      site.publish(20);
      await completed(page, 20_000);
    },
    45_000,
  );

  it('changes over all transports and back without losing or repeating anything', async () => {
    const page = await open(everyTransport);
    for (const transport of [
      'poll',
      'iframe',
      'web-socket',
      'stream',
      'long-poll',
      'event-source',
      'auto',
    ] as const) {
      site.publish(5);
      await page.evaluate((name) => window.kit.client().use(name), transport);
      site.publish(5);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    site.publish(1);
    expect((await completed(page)).moves.length).toBeGreaterThan(4);
  }, 30_000);

  it('goes on where it stood when the page is loaded again', async () => {
    const page = await open(['stream', 'long-poll']);
    site.publish(10);
    await completed(page);
    for (let round = 0; round < 3; round += 1) {
      const loading = page.reload();
      site.publish(10);
      await loading;
      site.publish(10);
      await completed(page);
    }
  }, 45_000);

  it('notices within six seconds that a proxy holds its stream back, and moves down', async () => {
    const proxy = await FaultProxy.start(site.port, new SeededRandom(1));
    try {
      const page = await firefox.newPage();
      pages.push(page);
      await page.goto(`http://127.0.0.1:${proxy.port}`);
      proxy.toxic = { kind: 'buffer', at: 0, delayMs: 0 };
      proxy.cut(); // what brought the page is open yet, and not spoilt
      await page.evaluate(() => window.kit.begin(['stream', 'long-poll']), null);
      const begin = performance.now();
      site.publish(10);
      const { moves } = await completed(page);
      expect(performance.now() - begin).toBeLessThan(6500);
      expect(moves).toEqual(['long-poll buffered']);
    } finally {
      for (const page of pages.splice(0)) await page.close();
      await proxy.close();
    }
  }, 30_000);

  it('serves seven tabs with one session that streams, and goes on when the first is closed', async () => {
    for (let tab = 0; tab < 7; tab += 1) await open(['stream'], { shared: true });
    for (let round = 0; round < 5; round += 1) {
      site.publish(6);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const records: PageRecord[] = [];
    for (const page of pages) records.push(await completed(page));
    expect(site.push.hub.stats().sessions).toBe(1);
    expect(records.map(({ state }) => state)).toEqual(pages.map(() => 'open'));
    expect(new Set(records.map(({ id }) => id)).size).toBe(1);
    await pages.shift()?.close();
    site.publish(6);
    for (const page of pages) await completed(page);
  }, 60_000);
});
