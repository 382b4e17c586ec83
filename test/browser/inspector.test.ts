import http from 'node:http';
import { createInspector } from '@cometkit/inspector';
import { createHub, createNodeHandler, type Hub } from '@cometkit/node';
import { openStream, type ReceivedStream } from '@cometkit/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';

// A browser is started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000 });

describe.skipIf(skipsChromium('the page of the inspector'))('the page of the inspector', () => {
  let hub: Hub;
  let server: DisposableServer;
  let browser: Browser;
  let page: Page;
  let stream: ReceivedStream;
  const troubles: string[] = [];

  beforeAll(async () => {
    hub = createHub();
    const push = createNodeHandler(hub, { path: '/push' });
    const inspector = createInspector(hub, { path: '/inspector', authorize: () => true });
    server = await disposableServer(
      http.createServer((request, response) => inspector(request, response, () => push(request, response))),
      '',
    );
    stream = await openStream(`${server.url}/push?subject=/orders&format=ndjson`);
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(`${server.url}/inspector`);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    stream?.close();
    hub?.close();
    await server?.close();
  });

  it('shows the sessions and what one of them does, and explains', async () => {
    await page.getByText('open', { exact: true }).first().waitFor();
    const id = [...hub.sessions()][0]!.id;
    expect(await page.locator('#sessions tr').count()).toBe(1);
    await page.locator('#sessions button').click();
    await page.getByRole('heading', { name: `Session ${id}` }).waitFor();
    await page.getByLabel('Subject of the event').fill('/other');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('No subscription matches this subject; it has /orders.').waitFor();
  });

  it('publishes a test event, and ends the session', async () => {
    await page.getByLabel('Subject', { exact: true }).fill('/orders');
    await page.getByLabel('Data, as JSON').fill('{"n":7}');
    await page.getByRole('button', { name: 'Publish' }).click();
    await stream.until('{"n":7}');
    await page.getByRole('button', { name: 'End it' }).click();
    expect(await stream.rest()).toContain('"revoked"');
    await page.locator('#timeline').getByText('closed (revoked)').waitFor();
  });

  it('reads no text of a client as HTML, fits a phone, and has no error', async () => {
    const other = await openStream(
      `${server.url}/push?subject=${encodeURIComponent('/<b>bold</b>')}&format=ndjson`,
    );
    await page.getByText('/<b>bold</b>').first().waitFor();
    other.close();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect([wide <= 0, await page.locator('b').count(), troubles]).toEqual([true, 0, []]);
  });
});
