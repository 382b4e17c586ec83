import { type Client, createClient } from '@cometkit/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { type Example, startExample } from './example-process.ts';

let example: Example;

beforeAll(async () => {
  example = await startExample('chat');
}, 20_000);
afterAll(() => example?.program.kill());

async function withClients(count: number, run: (...clients: Client[]) => Promise<void>): Promise<void> {
  const clients = Array.from({ length: count }, () => createClient(`${example.origin}/push`));
  try {
    await run(...clients);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

describe('the chat example', () => {
  it('brings a message to the others in the room, and to who comes later', async () => {
    const said = { name: 'Ann', text: '<b>hello</b>' };
    await withClients(3, async (ann, bob, eve) => {
      const heard: unknown[] = [];
      const room = bob!.subscribe('/rooms/one');
      room.on(({ data }) => heard.push(data));
      await room.ready;
      await ann!.publish('/rooms/one', said);
      await eventually('the message', () => heard.length > 0);
      expect(heard).toEqual([said]);
      for await (const { data } of eve!.subscribe('/rooms/one', { last: 50 })) {
        expect(data).toEqual(said);
        break;
      }
    });
  });

  it.each([
    ['to no room', '/elsewhere', { name: 'Ann', text: 'x' }],
    ['more than a name and a text', '/rooms/one', { name: 'Ann', text: 'x', html: 'y' }],
    ['an empty text', '/rooms/one', { name: 'Ann', text: '  ' }],
    ['nothing', '/rooms/one', null],
  ])('refuses to publish %s', async (_what, subject, data) => {
    await withClients(1, async (ann) => {
      await expect(ann!.publish(subject, data)).rejects.toMatchObject({ code: 'refused' });
    });
  });

  it('refuses to listen outside of the rooms', async () => {
    await withClients(1, async (ann) => {
      await expect(ann!.subscribe('/rooms').ready).rejects.toMatchObject({ code: 'refused' });
    });
  });

  it('ends at SIGTERM while clients listen', async () => {
    const own = await startExample('chat');
    const client = createClient(`${own.origin}/push`);
    await client.subscribe('/rooms/one').ready;
    await silentConnection(own.origin);
    const ms = await own.program.stop();
    expect(await own.program.ended).toBe(0);
    expect(ms).toBeLessThan(5000);
    await client.close();
  }, 20_000);
});

describe.skipIf(skipsChromium('the page of the chat'))('the page of the chat example', () => {
  let browser: Browser;
  const troubles: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  async function enter(room: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(`${example.origin}/#${room}`);
    await page.waitForSelector('#state.open');
    return page;
  }

  it('shows what one says to the other once, as text', async () => {
    const [ann, bob] = [await enter('two'), await enter('two')];
    await ann.fill('#name', 'Ann');
    for (const text of ['<img src=x>', 'and more']) {
      await ann.fill('#text', text);
      await ann.click('button');
    }
    for (const page of [ann, bob, await enter('two')]) {
      await page.waitForFunction(() => document.querySelectorAll('li.message').length === 2);
      expect(await page.locator('li .text').allTextContents()).toEqual(['<img src=x>', 'and more']);
      expect(await page.locator('li .name').allTextContents()).toEqual(['Ann', 'Ann']);
    }
    expect(troubles).toEqual([]);
  }, 30_000);
});
