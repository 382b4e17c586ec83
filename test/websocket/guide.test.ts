import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block, blockAfter } from '../docs/blocks.ts';
import { shapesOfLines } from '../docs/shapes.ts';
import { Stage } from '../docs/stage.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { RawClient } from './raw-client.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/websocket.md';
const portOf = (address: string) => Number(new URL(address).port);
let stage: Stage;
let browser: Browser | undefined;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
afterAll(() => browser?.close());
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

describe(guide, () => {
  it('shows a server, what to type, and what comes back', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const typed = block(guide, '{"type":"join-listen","subject"');
    const shown = shapesOfLines(blockAfter(typed).text);
    const client = await RawClient.open(portOf(address));
    client.send({ payload: typed.text.trim() });
    await client.wait('as many messages', () => client.messages.length >= shown.length);
    const lines = client.messages.map((message) => `${JSON.stringify(message)}\n`).join('');
    expect(shapesOfLines(lines).slice(0, shown.length)).toEqual(shown);
    client.socket.destroy();
  });

  it('shows a client that prints events, over WebSocket', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const client = stage.start(block(guide, 'client.mjs'), address);
    await eventually('an event', () => /^\/system\/clock \{ time: '/m.test(client.output));
    expect(client.output).toContain('over web-socket\n');
  });

  it.skipIf(skipsChromium('the page of the WebSocket guide'))(
    'shows a page that gets the events',
    async () => {
      stage.write(block(guide, 'public/index.html'));
      const address = await stage.serve(block(guide, 'server.mjs'));
      browser = await launchChromium();
      const page = await browser.newPage();
      const logged = page.waitForEvent('console', (message) => message.type() === 'log');
      await page.goto(`${address}/`);
      expect(await (await logged).args()[0]?.jsonValue()).toBe('/system/clock');
    },
  );
});
