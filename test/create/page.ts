import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';

const withoutBrowser = skipsChromium('the pages of the templates are');

/** Reads from the endpoint, as curl does, up to the first event. @param timeoutMs - a server may compile the endpoint first. */
export async function firstEvent(address: string, timeoutMs = 20_000): Promise<unknown> {
  const { body } = await fetch(`${address}/push?subject=/ticks`, { signal: AbortSignal.timeout(timeoutMs) });
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const line = text
      .split('\n')
      .find((candidate) => candidate.startsWith('{"type":"data"') && candidate.endsWith('}'));
    if (line !== undefined) return JSON.parse(line);
  }
  throw new Error(`no event in: ${text}`);
}

async function numbersOf(page: Page, items: string): Promise<number[]> {
  const texts = await page.locator(items).allInnerTexts();
  return texts.map((text) => Number.parseInt(text, 10));
}

/** Loads a page, reloads it in the middle of things, and sees that its numbers go on one by one. */
export async function expectReload(address: string, items: string): Promise<void> {
  if (withoutBrowser) return;
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    // A server in development compiles what is asked for, on a machine that may do other things, too.
    page.setDefaultTimeout(120_000);
    const troubles: string[] = [];
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(address);
    const arrived = (at: number) => async () => ((await numbersOf(page, items))[0] ?? 0) > at;
    await eventually('a first number', arrived(0), 60_000);
    const [before = 0] = await numbersOf(page, items);
    await page.goto('about:blank');
    await wait(1500); // what comes meanwhile is what a page without a cursor would miss
    await page.goBack({ waitUntil: 'load' });
    await eventually('newer numbers', arrived(before + 3), 60_000);
    const numbers = await numbersOf(page, items);
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) - at));
    expect(numbers).toContain(before + 1);
    expect(await page.locator('body').innerText()).toMatch(/\b0 missing/);
    expect(troubles).toEqual([]);
  } finally {
    await browser.close();
  }
}
