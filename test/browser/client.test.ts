import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../faults/proxy.ts';
import { SeededRandom } from '../sim/random.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import type { BrowserTransport, PageRecord } from './client-page.ts';
import { ClientSite } from './client-site.ts';
import { complete as judged } from './complete.ts';

const everyTransport: readonly BrowserTransport[] = [
  'web-socket',
  'stream',
  'event-source',
  'iframe',
  'long-poll',
  'poll',
];

describe.skipIf(skipsChromium('the client in a browser'))('the client in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let site: ClientSite;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    site = await ClientSite.start();
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await site.close();
  });

  async function open(transports: readonly BrowserTransport[], shared = false): Promise<Page> {
    const page = await context.newPage();
    await page.goto(site.origin);
    await page.evaluate(([names, share]) => window.kit.begin(names, share), [transports, shared] as const);
    return page;
  }

  const complete = (page: Page, timeout?: number) => judged(site, () => read(page), timeout);

  it.each(everyTransport)(
    'receives everything by %s, also what is published while it is cut off',
    async (transport) => {
      const page = await open([transport]);
      site.publish(20);
      expect((await complete(page)).transport).toBe(transport);
      site.cut();
      site.publish(20);
      // Chromium tells nobody that a page which is still loading in a frame was cut off: only the silence does.
      await complete(page, transport === 'iframe' ? 20_000 : 5000);
    },
    30_000,
  );

  it.each(['poll', 'stream'] as const)(
    'leaves at once when its page is over, by %s',
    async (transport) => {
      const page = await open([transport]);
      site.publish(5);
      await complete(page);
      expect(site.push.hub.stats().sessions).toBe(1);
      await page.goto('about:blank');
      await eventually('nobody', () => site.push.hub.stats().sessions === 0);
    },
    20_000,
  );

  it('goes on behind what a page has read when that is loaded again, and again', async () => {
    const page = await context.newPage();
    await page.goto(site.origin);
    const seen = () =>
      page.evaluate(() => (sessionStorage.getItem('seen') ?? '').split(' ').filter(Boolean).map(Number));
    for (let life = 1; life <= 4; life += 1) {
      await page.evaluate(`import('/client/cometkit.js').then(async ({ createClient }) => {
        const client = createClient('/push', { persist: sessionStorage });
        for await (const { data } of client.subscribe('/numbers'))
          sessionStorage.setItem('seen', (sessionStorage.getItem('seen') ?? '') + data + ' ');
      }), 0`);
      if (life === 1) await expect.poll(() => site.push.hub.listeners('/numbers')).toBe(1);
      for (let n = 0; n < 25; n += 1) site.push.publish('/numbers', life * 100 + n);
      await expect
        .poll(async () => (await seen()).length, { timeout: 10_000 })
        .toBeGreaterThan(25 * (life - 1));
      await page.reload();
    }
    expect(await seen()).toEqual([...new Set(await seen())].sort((left, right) => left - right));
    expect((await seen()).length).toBeGreaterThanOrEqual(76);
  }, 30_000);

  it('changes over all transports and back without losing or repeating anything', async () => {
    const page = await open(everyTransport);
    for (const transport of [
      'poll',
      'iframe',
      'stream',
      'long-poll',
      'event-source',
      'web-socket',
      'iframe',
      'poll',
      'auto',
    ] as const) {
      site.publish(5);
      await page.evaluate((name) => window.kit.client().use(name), transport);
      site.publish(5);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    site.publish(1);
    expect((await complete(page)).moves.length).toBeGreaterThan(4);
  });

  // Cookies that are `SameSite` do not come back from there: the session proves itself by its key. Pages of the server may only be
  // framed by its own, which is why `iframe` is left for the next.
  it.each([['event-source'], ['iframe', 'long-poll'], ['stream'], ['web-socket'], everyTransport])(
    'receives everything in a frame on another site, by %s',
    async (...transports) => {
      const other = createServer((_request, response) =>
        response.setHeader('content-type', 'text/html').end(`<iframe src="${site.origin}"></iframe>`),
      );
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const page = await context.newPage();
      await page.goto(`http://localhost:${(other.address() as AddressInfo).port}/`);
      const frame = page.frames().find((one) => one.url().startsWith(site.origin));
      expect(frame).toBeDefined();
      const names = transports as BrowserTransport[];
      await frame?.evaluate((list) => window.kit.begin(list), names);
      site.publish(10);
      const seen = await judged(
        site,
        () => frame?.evaluate(() => window.kit.record()) as Promise<PageRecord>,
        20_000,
      );
      expect(names).toContain(seen.transport);
      await page.close();
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    },
    40_000,
  );

  it('goes on where it stood when the page is loaded again', async () => {
    const page = await open(['stream', 'long-poll']);
    site.publish(10);
    await complete(page);
    for (let round = 0; round < 3; round += 1) {
      const loading = page.reload({ waitUntil: 'commit' });
      site.publish(10);
      await loading;
      site.publish(10);
      await complete(page);
    }
  }, 30_000);

  it.each(['stream', 'event-source', 'long-poll'] as const)(
    'is back within seconds after being offline, by %s',
    async (transport) => {
      const page = await open([transport]);
      site.publish(3);
      await complete(page);
      await context.setOffline(true);
      site.cut();
      site.publish(10);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await context.setOffline(false);
      site.publish(10);
      await complete(page, 3000);
    },
  );

  it('goes on after a freeze of its tab', async () => {
    const page = await open(['stream', 'long-poll']);
    const session = await context.newCDPSession(page);
    site.publish(3);
    await complete(page);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    site.publish(20);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    site.publish(20);
    await complete(page);
  });

  it('goes on in the background, and when it comes to the front again', async () => {
    const page = await open(['stream', 'long-poll']);
    const other = await context.newPage();
    await other.goto(`${site.origin}/other`);
    await other.bringToFront();
    site.publish(20);
    await complete(page);
    await page.bringToFront();
    site.publish(20);
    await complete(page);
  });

  it('keeps a tab and its duplicate apart', async () => {
    const page = await open(['stream', 'long-poll']);
    site.publish(10);
    await complete(page);
    // A window that the page opens gets a copy of its session storage, as a duplicated tab does.
    const [twin] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate(() => void window.open('/')),
    ]);
    await twin.waitForFunction(() => window.kit?.record().state === 'open');
    site.publish(10);
    const records = [await complete(page), await complete(twin)];
    expect(new Set(records.map(({ id }) => id)).size).toBe(2);
  });

  it('notices within six seconds that a proxy holds its stream back, and moves down', async () => {
    const proxy = await FaultProxy.start(site.port, new SeededRandom(1));
    const page = await context.newPage();
    try {
      await page.goto(`http://127.0.0.1:${proxy.port}`);
      proxy.toxic = { kind: 'buffer', at: 0, delayMs: 0 };
      proxy.cut(); // what brought the page is open yet, and not spoilt
      await page.evaluate(() => window.kit.begin(['stream', 'long-poll']));
      const begin = performance.now();
      site.publish(10);
      const { moves } = await complete(page);
      expect(performance.now() - begin).toBeLessThan(6500);
      expect(moves).toEqual(['long-poll buffered']);
    } finally {
      await page.close();
      await proxy.close();
    }
  }, 20_000);

  it.each([
    ['each with a session of its own that polls', ['poll'], false],
    ['all with one session that streams', ['stream'], true],
  ] as const)(
    'serves seven tabs of one browser, %s',
    async (_how, transports, shared) => {
      const pages: Page[] = [];
      for (let tab = 0; tab < 7; tab += 1) pages.push(await open(transports, shared));
      for (let round = 0; round < 5; round += 1) {
        site.publish(6);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const records: PageRecord[] = [];
      for (const page of pages) records.push(await complete(page));
      expect(site.push.hub.stats().sessions).toBe(shared ? 1 : 7);
      expect(records.map(({ state }) => state)).toEqual(pages.map(() => 'open'));
      expect(new Set(records.map(({ id }) => id)).size).toBe(shared ? 1 : 7);
      if (!shared) return;
      // The first one leads: another takes over, and nobody misses anything.
      await pages[0]?.close();
      site.publish(6);
      for (const page of pages.slice(1)) await complete(page);
    },
    60_000,
  );
});

function read(page: Page): Promise<PageRecord> {
  return page.evaluate(() => window.kit.record());
}
