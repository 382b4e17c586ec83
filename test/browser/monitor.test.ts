import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Monitor, startMonitor } from '../examples/monitor-process.ts';

const usual = '/usr/bin/chromium';
const executablePath = process.env['CHROME_PATH'] ?? (existsSync(usual) ? usual : undefined);
const optedOut = process.env['SKIP_BROWSER'] !== undefined;
// With CI=true a missing browser is a failure: the suite runs, and fails at the launch.
const skipped = optedOut || (executablePath === undefined && process.env['CI'] !== 'true');
if (skipped)
  process.stdout.write('No Chromium: the monitor page is not tested. Name one with CHROME_PATH.\n');

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const ways = ['event-source', 'fetch-stream', 'script-frame', 'long-poll', 'poll'];

interface Count {
  readonly way: string;
  readonly state: string | undefined;
  readonly received: number;
  readonly missing: number;
  readonly duplicate: number;
}

/** What the five cards show. Runs in the page, so it can use nothing from here. */
function readCards(): Count[] {
  const cards = [...document.querySelectorAll<HTMLElement>('#ways .way')];
  return cards.map((card) => {
    const value = (name: string) =>
      Number(card.querySelector(`dd[data-name="${name}"]`)?.textContent?.replace(/\D/g, ''));
    const [received, missing, duplicate] = [value('received'), value('missing'), value('duplicate')];
    return { way: card.id.slice('way-'.length), state: card.dataset['state'], received, missing, duplicate };
  });
}

describe.skipIf(skipped)('the page of the monitor example', () => {
  let monitor: Monitor;
  let browser: Browser;
  let page: Page;
  const troubles: string[] = [];

  beforeAll(async () => {
    if (executablePath === undefined)
      throw new Error('CI=true and no Chromium: install it or set CHROME_PATH');
    monitor = await startMonitor();
    browser = await chromium.launch({ executablePath, args: flags });
    page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(monitor.origin);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await monitor?.end('SIGKILL');
  });

  /** The cards, once each of the five has received more ticks than this. */
  async function counts(moreThan: number): Promise<Count[]> {
    const cards = () => page.evaluate(readCards);
    const fewest = async () => Math.min(...(await cards()).map((card) => card.received));
    await expect.poll(async () => (await cards()).length, { timeout: 10_000 }).toBe(ways.length);
    await expect.poll(fewest, { timeout: 30_000, interval: 250 }).toBeGreaterThan(moreThan);
    return cards();
  }

  it('receives by all five ways, with nothing missing and nothing twice', async () => {
    const cards = await counts(10);
    expect(cards.map(({ way, state, missing, duplicate }) => ({ way, state, missing, duplicate }))).toEqual(
      ways.map((way) => ({ way, state: 'live', missing: 0, duplicate: 0 })),
    );
  }, 40_000);

  it('loses nothing while the ways that know their place are paused', async () => {
    const paused = ways.filter((way) => way !== 'script-frame');
    for (const way of paused) await page.click(`#way-${way} button`);
    const before = await counts(0);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    for (const way of paused) await page.click(`#way-${way} button`);
    const after = await counts(Math.max(...before.map((card) => card.received)) + 12);
    expect(after.map(({ way, missing, duplicate }) => ({ way, missing, duplicate }))).toEqual(
      ways.map((way) => ({ way, missing: 0, duplicate: 0 })),
    );
  }, 50_000);

  it('shows what is said in the chat once, as text', async () => {
    await page.fill('#text', '<img src=x> & 42');
    await page.click('#say button');
    await page.waitForFunction(() => document.querySelectorAll('#messages li time').length > 0);
    // All five ways bring it: give the slowest time to bring it again.
    const cards = await page.evaluate(readCards);
    await counts(Math.max(...cards.map((card) => card.received)));
    const said = await page.locator('#messages li span').allTextContents();
    expect(said).toEqual(['<img src=x> & 42']);
    expect(await page.locator('#messages img').count()).toBe(0);
  }, 30_000);

  it('fills every tile, or has a line instead of it where the system exposes nothing', async () => {
    const tiles = await page.locator('.tile').evaluateAll((elements) =>
      elements.map((tile) => {
        const title = tile.querySelector('h3')?.textContent;
        const lines = document.getElementById('not-exposed')?.textContent ?? '';
        if (tile.checkVisibility()) return tile.querySelector('.headline')?.textContent !== '…';
        return lines.includes(`${title}: not exposed by this system`);
      }),
    );
    expect(tiles).toEqual(Array.from({ length: 7 }, () => true));
  });

  it('reports no error, above all no breach of the content security policy', () => {
    expect(troubles).toEqual([]);
  });
});
