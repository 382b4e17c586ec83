import http from 'node:http';
import { createClient } from '@cometkit/client';
import { openStream } from '@cometkit/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import type { Program } from '../support/program.ts';
import { NextInstall } from './apps.ts';
import { probes, publishAt, statsOf } from './probes.ts';

const install = await NextInstall.prepare();
const withoutBrowser = skipsChromium('the Next example');
const extras = new Map([
  ['app/stats/route.ts', probes.stats],
  ['app/publish/route.ts', probes.publishing],
  ['pages/api/publish.ts', probes.publishingPage],
  ['app/cut/route.ts', probes.cut],
  // As in the example, but polls that a test can wait for.
  [
    'app/push/route.ts',
    `import { createRouteHandlers } from '@cometkit/next';
    const waits = { min: 50, max: 50 };
    export const { GET, POST, HEAD, OPTIONS } = createRouteHandlers({ longPollWaitMs: waits, pollWaitMs: waits });`,
  ],
]);
const ways = ['stream', 'event-source', 'iframe', 'long-poll', 'poll'];

let server: Program;
let address: string;
let browser: Browser | undefined;

/** Lines of the chat as a page shows them. */
function linesOf(page: Page): Promise<string[]> {
  return page.locator('.chat li').allInnerTexts();
}

async function say(id: number, text: string, path = '/publish'): Promise<void> {
  await publishAt(address, path, '/chat', { id, name: 'test', text, time: 0 });
}

function holdStream(): Promise<http.ClientRequest> {
  return new Promise((resolve, reject) => {
    const url = `${address}/push?type=join-listen&subject=/machine&format=ndjson`;
    const request = http.get(url, { agent: false }, (response) => {
      response.once('data', () => resolve(request));
      response.resume().on('error', () => undefined);
    });
    request.on('error', reject);
  });
}

async function holdMany(count: number): Promise<void> {
  const requests = await Promise.all(Array.from({ length: count }, holdStream));
  // A collection meanwhile: the signal that will tell of the end must not be garbage.
  expect((await statsOf(address, true)).attached).toBe(count);
  for (const request of requests) request.destroy();
  await eventually('all are gone', async () => (await statsOf(address)).attached === 0, 2000);
}

describe.skipIf(install === undefined)('the Next example', () => {
  beforeAll(async () => {
    const app = install!.example(extras);
    expect(await app.build()).toContain('ƒ /push');
    server = app.serve('start');
    address = await server.address();
    if (!withoutBrowser) browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.kill();
    install?.close();
  }, 60_000);

  it('shows nothing of a hub before somebody asks', async () => {
    expect(await (await fetch(address)).text()).toContain('This machine');
    expect((await statsOf(address)).sessions).toBe(0);
  });

  it.skipIf(withoutBrowser)(
    'goes on live from what was rendered, whatever happened in between',
    async () => {
      const page = await browser!.newPage();
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      await page.route('**/_next/static/**/*.js', async (route) => {
        await gate;
        await route.continue();
      });
      await page.goto(address, { waitUntil: 'commit' });
      await page.locator('.chat').waitFor();
      for (const id of [1, 2, 3]) await say(id, `before it was alive ${id}`);
      open();
      await eventually('what came in between', async () => (await linesOf(page)).length === 3);
      await say(4, 'live');
      await eventually('what came afterwards', async () => (await linesOf(page)).length === 4);
      expect((await linesOf(page)).map((line) => line.split('\n').at(-1))).toEqual([
        expect.stringContaining('before it was alive 1'),
        expect.stringContaining('before it was alive 2'),
        expect.stringContaining('before it was alive 3'),
        expect.stringContaining('live'),
      ]);
      await page.close();
    },
    30_000,
  );

  it.skipIf(withoutBrowser)(
    'delivers over every transport, and loses nothing when they change',
    async () => {
      const page = await browser!.newPage();
      await page.goto(address);
      const badge = page.locator('.badge');
      await eventually('the page is open', async () => (await badge.getAttribute('data-state')) === 'open');
      for (const [index, way] of [...ways, 'stream'].entries()) {
        await page.locator('.badge select').selectOption(way);
        await say(100 + 2 * index, `while it changes to ${way}`);
        await eventually(`it uses ${way}`, async () => (await badge.getAttribute('data-transport')) === way);
        await say(101 + 2 * index, `over ${way}`, '/api/publish');
        await eventually(`an event over ${way}`, async () =>
          (await linesOf(page)).at(-1)?.endsWith(`over ${way}`),
        );
      }
      expect((await linesOf(page)).length).toBe(2 * (ways.length + 1));
      await page.close();
    },
    60_000,
  );

  it.skipIf(withoutBrowser)(
    'publishes from a server action to every window',
    async () => {
      const [one, two] = [await browser!.newPage(), await browser!.newPage()];
      await Promise.all([one.goto(address), two.goto(address)]);
      await eventually('both are open', async () => (await statsOf(address)).attached === 2);
      await one.locator('[name=name]').fill('ann');
      await one.locator('[name=text]').fill('hello <b>you</b>');
      await one.locator('button').click();
      for (const page of [one, two]) {
        await eventually('the message', async () =>
          (await linesOf(page)).at(-1)?.includes('ann hello <b>you</b>'),
        );
      }
      const points = one.locator('.sparkline polyline');
      await eventually('samples, which instrumentation publishes', async () =>
        (await points.getAttribute('points'))?.includes(' '),
      );
      const begin = performance.now();
      await Promise.all([one.close(), two.close()]);
      await eventually('the server sees them go', async () => (await statsOf(address)).attached === 0, 1000);
      expect(performance.now() - begin).toBeLessThan(1500);
    },
    30_000,
  );

  it('brings everything to a client whose stream the host cuts again and again', async () => {
    const client = createClient(`${address}/cut`, { transports: ['stream'] });
    const subscription = client.subscribe('/numbers');
    const seen: unknown[] = [];
    subscription.on(({ data }) => seen.push(data));
    await subscription.ready;
    for (let number = 0; number < 150; number += 1) {
      await publishAt(address, '/publish', '/numbers', number);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await eventually('all numbers', () => seen.length >= 150);
    expect(seen).toEqual(Array.from({ length: 150 }, (_, number) => number));
    expect((await statsOf(address)).cuts).toBeGreaterThan(1);
    await client.close();
  }, 30_000);

  it('holds 500 streams, and is afterwards what it was before', async () => {
    await holdMany(500);
    const before = await statsOf(address, true);
    await holdMany(500);
    const after = await statsOf(address, true);
    expect(after.handles).toBeLessThanOrEqual(before.handles + 2);
    expect(after.rss).toBeLessThan(before.rss * 1.15);
  }, 60_000);

  it('ends within five seconds of SIGTERM, streams and all, with a last word', async () => {
    const stream = await openStream(`${address}/push?type=join-listen&subject=/a&format=ndjson`);
    await stream.until('join-listen-ack');
    const [took, text] = await Promise.all([server.stop('SIGTERM'), stream.rest()]);
    expect(text).toContain('"reason":"shutdown"');
    expect(took).toBeLessThan(5000);
    expect(server.output).not.toMatch(/error/i);
  }, 15_000);
});
