import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { type Example, startExample } from './example-process.ts';

/** What a page shows once it is alive. */
const alive = {
  answers: '.badge.open',
  chat: '.badge.open',
  prices: 'tbody tr:nth-child(12)',
  sockets: '#subjects dd',
} as const;
const looks = [
  ['light', 390],
  ['dark', 390],
  ['light', 1440],
  ['dark', 1440],
] as const;
// Only the example of sockets has these; the port of its group must not be that of another test.
const ports = { TCP_PORT: '0', UDP_PORT: '0', GROUP_PORT: '7899' };

describe.skipIf(skipsChromium('the looks of the examples')).each(Object.entries(alive))(
  'the page of the example %s',
  (name, selector) => {
    let browser: Browser;
    let example: Example;

    beforeAll(async () => {
      [browser, example] = await Promise.all([launchChromium(), startExample(name, ports)]);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      example?.program.kill();
    });

    it.each(looks)(
      'can be used by everybody, %s at %d px',
      async (colorScheme, width) => {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
        await page.goto(example.origin);
        await page.locator(selector).first().waitFor({ state: 'visible', timeout: 15_000 });
        expect(await violationsOn(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        const ground = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
        expect(ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 16, 23)');
        await page.close();
      },
      60_000,
    );
  },
);
