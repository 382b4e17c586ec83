import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Monitor, startMonitor } from '../examples/monitor-process.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';

interface Card {
  readonly state: string | undefined;
  readonly received: number;
  readonly missing: number;
  readonly duplicate: number;
  readonly transport: string | null | undefined;
}

/** What the card of the client shows. Runs in the page. */
function readCard(): Card {
  const card = document.querySelector<HTMLElement>('#client-card');
  const text = (name: string) => card?.querySelector(`dd[data-name="${name}"]`)?.textContent;
  const [received = -1, missing = -1, duplicate = -1] = ['received', 'missing', 'duplicate'].map((name) =>
    Number(text(name)?.replace(/\D/g, '')),
  );
  return { state: card?.dataset['state'], received, missing, duplicate, transport: text('transport') };
}

describe.skipIf(skipsChromium('the client of the monitor'))('the client on the page of the monitor', () => {
  let monitor: Monitor;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    monitor = await startMonitor();
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(monitor.origin);
    await page.waitForSelector('#client-card');
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await monitor?.end('SIGKILL');
  });

  const read = () => page.evaluate(readCard);

  /** Waits until the client has received so many ticks more. */
  async function receive(more: number, timeout = 10_000): Promise<Card> {
    const before = (await read()).received;
    await expect.poll(async () => (await read()).received, { timeout }).toBeGreaterThanOrEqual(before + more);
    return read();
  }

  it('changes the transport by a click, and misses nothing', async () => {
    await receive(4, 20_000);
    for (const [name, shown] of [
      ['event-source', 'EventSource'],
      ['iframe', 'iframe'],
      ['long-poll', 'long-poll'],
      ['poll', 'poll'],
      ['stream', 'fetch stream'],
    ]) {
      await page.click(`[data-use="${name}"]`);
      await expect.poll(async () => (await read()).transport, { timeout: 10_000 }).toBe(shown);
      expect(await receive(4)).toMatchObject({ state: 'live', missing: 0, duplicate: 0, transport: shown });
    }
  }, 90_000);

  it('misses nothing over an outage', async () => {
    await page.click('[data-use="auto"]');
    await receive(2);
    await page.click('#outage');
    await expect.poll(async () => (await read()).state, { timeout: 5000 }).toBe('retrying');
    await expect.poll(async () => (await read()).state, { timeout: 20_000 }).toBe('live');
    // Four ticks a second, also those of the three seconds in which nothing came.
    expect(await receive(4)).toMatchObject({ missing: 0, duplicate: 0 });
    expect(await page.locator('#client-log').textContent()).toContain('cut off');
  }, 60_000);
});
