import { createClient } from '@cometkit/client';
import { openStream } from '@cometkit/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { type Example, startExample } from './example-process.ts';

let example: Example;

beforeAll(async () => {
  example = await startExample('answers');
}, 20_000);
afterAll(() => example?.program.kill());

async function ask(question: unknown, origin = example.origin): Promise<Response> {
  return fetch(`${origin}/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question }),
  });
}

describe('the answers example', () => {
  it('answers token by token, whole for whoever knows the id, until somebody stops it', async () => {
    const { id } = (await (await ask('why?')).json()) as { id: string };
    const client = createClient(`${example.origin}/push`);
    const subject = `/answers/${id}`;
    const read = async (enough: number): Promise<string[]> => {
      const tokens: string[] = [];
      for await (const token of client.stream<string>(subject)) {
        tokens.push(token);
        if (tokens.length === enough) break;
      }
      return tokens;
    };
    const first = await read(20);
    expect(first.join('')).toMatch(/^You asked: why\? A server that/);
    const again = await read(25);
    expect(again.slice(0, 20)).toEqual(first);
    const rest = read(Number.POSITIVE_INFINITY);
    await client.stream(subject).cancel();
    await expect(rest).rejects.toMatchObject({ serverCode: 'cancelled' });
    await client.close();
  }, 20_000);

  it('lets nobody read what they have no id of', async () => {
    const client = createClient(`${example.origin}/push`);
    for (const pattern of ['/answers', '/answers/*', '/**'])
      await expect(client.subscribe(pattern).ready).rejects.toMatchObject({ serverCode: 'not-authorized' });
    await client.close();
  });

  it.each([undefined, '', '   ', 7, 'x'.repeat(501)])('refuses the question %j', async (question) => {
    expect((await ask(question)).status).toBe(400);
  });
});

it('ends at SIGTERM while a client reads', async () => {
  const own = await startExample('answers');
  const { id } = (await (await ask('why?', own.origin)).json()) as { id: string };
  const stream = await openStream(`${own.origin}/push?subject=/answers/${id}`);
  await silentConnection(own.origin);
  const [ms] = await Promise.all([own.program.stop(), stream.rest()]);
  expect(await own.program.ended).toBe(0);
  expect(ms).toBeLessThan(5000);
}, 20_000);

describe.skipIf(skipsChromium('the page of the answers'))('the page of the answers example', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  const words = async (page: Page): Promise<number> =>
    ((await page.textContent('#answer')) ?? '').split(/\s+/).length;

  it('goes on after a reload, in a second window too, and is stopped for all', async () => {
    const troubles: string[] = [];
    const page = await browser.newPage();
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(example.origin);
    await page.fill('#question', 'what is push?');
    await page.press('#question', 'Enter');
    await expect.poll(() => words(page), { timeout: 10_000 }).toBeGreaterThan(10);
    const second = await browser.newPage();
    await second.goto(page.url());
    await page.reload();
    await expect.poll(() => words(page), { timeout: 10_000 }).toBeGreaterThan(30);
    await page.click('#stop');
    for (const viewer of [page, second])
      await expect.poll(() => viewer.textContent('#end'), { timeout: 10_000 }).toBe('stopped');
    const text = await page.textContent('#answer');
    expect(text).toMatch(/^You asked: what is push\? A server that has to tell/);
    expect(await second.textContent('#answer')).toBe(text);
    expect(troubles).toEqual([]);
  }, 60_000);
});
