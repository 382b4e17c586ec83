import { readFileSync } from 'node:fs';
import jsqr from 'jsqr';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Monitor, startMonitor } from '../examples/monitor-process.ts';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';

const looks = [
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 390],
] as const;

/** The anchor of a heading, as GitHub and the site make it. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

// Both run in the page.
const isLoaded = (image: Element): boolean => (image as HTMLImageElement).naturalWidth > 0;

function pixelsOf(image: Element): { width: number; height: number; rgba: number[] } {
  const { naturalWidth: width, naturalHeight: height } = image as HTMLImageElement;
  const paper = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  paper.drawImage(image as HTMLImageElement, 0, 0);
  return { width, height, rgba: [...paper.getImageData(0, 0, width, height).data] };
}

describe.skipIf(skipsChromium('who can use the monitor is'))('the page of the monitor', () => {
  let monitor: Monitor;
  let browser: Browser;
  let page: Page;
  const sizes: Promise<number>[] = [];

  beforeAll(async () => {
    monitor = await startMonitor();
    browser = await launchChromium();
    page = await browser.newPage();
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.endsWith('.js') && !pathname.startsWith('/client/'))
        sizes.push(response.body().then(({ length }) => length));
    });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(monitor.origin);
    await page.waitForSelector('#client-card[data-state="live"]', { timeout: 30_000 });
    page.removeAllListeners('response');
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await monitor?.end('SIGKILL');
  });

  it('takes no more than 60 KiB of scripts beside the client library', async () => {
    const scriptBytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(scriptBytes).toBeGreaterThan(10_000);
    expect(scriptBytes).toBeLessThanOrEqual(60 * 1024);
  });

  it.each(looks)(
    'can be used by everybody, in %s colours and %i pixels wide',
    async (colorScheme, width) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      expect(await violationsOn(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    },
    60_000,
  );

  it('shows the code behind each card, copies it, and links to its documentation', async () => {
    const cards = page.locator('details.code');
    expect(await cards.count()).toBe(9);
    for (const link of await cards.locator('a').all()) {
      const [, path = '', place] =
        /\/blob\/main\/([^#]*)#?(.*)/.exec((await link.getAttribute('href')) ?? '') ?? [];
      const headings =
        readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').match(/^#+ .*$/gm) ?? [];
      if (place) expect(headings.map(anchorOf)).toContain(place);
      else expect(headings).not.toEqual([]);
    }
    await page.click('#way-event-source button[aria-label^="Copy the lines of the page"]');
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toContain('new EventSource(');
    await page.click('#curl button');
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toBe(`curl -N '${monitor.origin}/push?subject=/system'`);
  });

  it('is used by keys alone', async () => {
    await page.reload();
    await page.waitForSelector('#way-event-source[data-state="live"]', { timeout: 30_000 });
    const labelInFocus = () =>
      page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? '');
    const tabTo = async (label: string) => {
      for (let steps = 0; steps < 30 && (await labelInFocus()) !== label; steps += 1)
        await page.keyboard.press('Tab');
      expect(await labelInFocus()).toBe(label);
      await page.keyboard.press('Enter');
    };
    await tabTo('Pause EventSource');
    await page.waitForSelector('#way-event-source[data-state="paused"]');
    await tabTo('Code of EventSource');
    expect(await page.locator('#way-event-source details').getAttribute('open')).not.toBeNull();
    await tabTo('Copy the lines of the server for EventSource');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('push.publish(');
  }, 40_000);

  it('shows the course of an outage: cut, retries, resumed, nothing missing', async () => {
    await page.click('#outage');
    const step = (name: string) => page.locator(`.timeline [data-step="${name}"] b`).textContent();
    await expect.poll(() => step('missing'), { timeout: 30_000 }).toBe('0');
    expect(await step('cut')).toMatch(/^behind tick \d+$/);
    expect(await step('retries')).toMatch(/^[1-9]\d*, after \d+\.\d s$/);
    expect(await step('resumed')).toMatch(/^at tick \d+, after \d+\.\d s$/);
  }, 40_000);

  it('says how a second device gets there, and shows a code to scan where it does', async () => {
    expect(await page.locator('#second-device').textContent()).toContain('HOST=0.0.0.0 npm start');
    const open = await startMonitor({ HOST: '0.0.0.0' });
    try {
      await page.goto(open.origin);
      const image = page.locator('#second-device img');
      await expect.poll(() => image.evaluate(isLoaded)).toBe(true);
      const { width, height, rgba } = await image.evaluate(pixelsOf);
      const address = jsqr.default(Uint8ClampedArray.from(rgba), width, height)?.data;
      expect(address).toBe((await page.locator('#second-device').textContent())?.split(': ')[1]);
      expect((await fetch(address ?? '')).status).toBe(200);
      expect(await violationsOn(page)).toEqual([]);
    } finally {
      await open.end('SIGKILL');
    }
  }, 40_000);
});
