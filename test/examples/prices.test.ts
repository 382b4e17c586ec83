import { createClient } from '@cometkit/client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { type Example, startExample } from './example-process.ts';

let example: Example;

beforeAll(async () => {
  example = await startExample('prices');
}, 20_000);
afterAll(() => example?.program.kill());

describe('the prices example', () => {
  it('gives every price at once, and then its changes', async () => {
    const client = createClient<{ '/prices': { price: number; change: number } }>(`${example.origin}/push`);
    const prices = client.subscribe('/prices', { latest: true });
    const seen = new Map<string, number>();
    prices.on(({ subject }) => seen.set(subject, (seen.get(subject) ?? 0) + 1));
    await prices.ready;
    expect(seen.size).toBe(12);
    await eventually('changes of each', () => [...seen.values()].every((count) => count > 1));
    await client.close();
  });

  it('takes no prices from its readers', async () => {
    const client = createClient(`${example.origin}/push`);
    await expect(client.publish('/prices/AEX', { price: 1, change: 0 })).rejects.toMatchObject({
      code: 'refused',
    });
    await client.close();
  });

  it('ends at SIGTERM while a client reads', async () => {
    const own = await startExample('prices');
    const client = createClient(`${own.origin}/push`);
    await client.subscribe('/prices').ready;
    await silentConnection(own.origin);
    const ms = await own.program.stop();
    expect(await own.program.ended).toBe(0);
    expect(ms).toBeLessThan(5000);
    await client.close();
  }, 20_000);
});

describe.skipIf(skipsChromium('the page of the prices'))('the page of the prices example', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  it('fills its table, and goes on over every transport', async () => {
    const troubles: string[] = [];
    const page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(example.origin);
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 12);
    const events = async () => Number.parseInt((await page.textContent('#counts')) ?? '', 10);
    for (const transport of ['long-poll', 'poll', 'stream', 'auto']) {
      await page.selectOption('#transport', transport);
      const before = await events();
      await expect.poll(events, { timeout: 10_000 }).toBeGreaterThan(before + 20);
    }
    expect(await page.textContent('#counts')).toMatch(/^\d+ changes, \d+ left out as outdated$/);
    expect(troubles).toEqual([]);
  }, 60_000);
});
