import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import type { PageRecord } from './client-page.ts';
import { ClientSite } from './client-site.ts';

const host = 'app.test';

describe.skipIf(skipsChromium('tabs in a browser'))('tabs in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let site: ClientSite;

  beforeAll(async () => {
    browser = await launchChromium({ args: [`--host-resolver-rules=MAP ${host} 127.0.0.1`] });
  }, 60_000);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await context.close();
    await site.close();
  });

  async function set(options: Parameters<typeof ClientSite.start>[0] = {}): Promise<void> {
    site = await ClientSite.start(options);
    context = await browser.newContext();
  }

  async function open(origin = site.origin): Promise<Page> {
    const page = await context.newPage();
    await page.goto(origin);
    await page.evaluate(() => window.kit.begin(['stream'], true).catch(() => undefined));
    return page;
  }

  const read = (page: Page): Promise<PageRecord> => page.evaluate(() => window.kit.record());
  const state = (page: Page) => expect.poll(async () => (await read(page)).state, { timeout: 10_000 });

  // Until what the page asks for now is confirmed, and so what it asked for before.
  const confirmed = (page: Page) =>
    page.evaluate(async () => {
      const subscription = window.kit.client().subscribe('/a');
      await subscription.ready;
      subscription.unsubscribe();
    });

  async function receives(page: Page): Promise<void> {
    const last = site.accepted.length;
    const ids = async () => (await read(page)).handed.map((item) => (item as { id: number }).id);
    await expect.poll(ids, { timeout: 10_000 }).toContain(last);
  }

  it.each(['by a page that is loaded after it', 'by the call'])(
    'that were refused before a login are all opened %s',
    async (how) => {
      const join = ({ request }: { request: { header(name: string): string | undefined } }) =>
        /user=ann/.test(request.header('cookie') ?? '') || { refuse: 'please log in' };
      await set({ authorize: { join } });
      const pages = [await open(), await open()];
      for (const page of pages) await state(page).toBe('closed');
      await context.addCookies([{ name: 'user', value: 'ann', url: site.origin }]);
      if (how === 'by the call') await pages[0]?.evaluate(() => window.kit.client().open());
      else pages.push(await open());
      for (const page of pages) {
        await state(page).toBe('open');
        await confirmed(page);
      }
      site.publish(3);
      for (const page of pages) await receives(page);
      expect(site.push.hub.stats().sessions).toBe(1);
    },
    60_000,
  );

  it('say so where the page may not share, and have each a session of its own', async () => {
    await set();
    const origin = `http://${host}:${site.port}`;
    const pages = [await open(origin), await open(origin)];
    for (const page of pages) await confirmed(page);
    site.publish(3);
    for (const page of pages) {
      await receives(page);
      expect((await read(page)).errors).toEqual(['unsupported']);
    }
    expect(site.push.hub.stats().sessions).toBe(2);
  }, 60_000);

  it('carry out once what the server asks, with the file for pages without a bundler', async () => {
    await set();
    const pages = [await open(), await open(), await open()];
    for (const page of pages) {
      await confirmed(page);
      // As text: what is compiled here would not find the module.
      await page.evaluate(`import('/client/handle.js').then(({ handle }) => {
        window.answered = [];
        handle(window.kit.client(), '/confirm', ({ data }) => {
          window.answered.push(data);
          return [data, 'yes'];
        });
      })`);
    }
    const [session] = site.push.hub.sessions();
    if (session === undefined) throw new Error('no session');
    const asked = [1, 2, 3].map((n) => site.push.request(session, '/confirm', n));
    expect(await Promise.all(asked)).toEqual([1, 2, 3].map((n) => [n, 'yes']));
    const answered = await Promise.all(
      pages.map((page) => page.evaluate(() => (window as unknown as { answered: number[] }).answered)),
    );
    expect(answered.flat().sort()).toEqual([1, 2, 3]);
    expect(site.push.hub.stats().sessions).toBe(1);
  }, 60_000);

  it('of a React page are more than six over HTTP/1.1, by hooks that share', async () => {
    await set();
    const script = await reactPage();
    const pages: Page[] = [];
    for (let tab = 0; tab < 8; tab += 1) {
      const page = await context.newPage();
      pages.push(page);
      await page.goto(`${site.origin}/other`);
      await page.addScriptTag({ content: script, type: 'module' });
      await expect.poll(() => page.textContent('#app'), { timeout: 10_000 }).toBe('open true none');
    }
    site.publish(1);
    for (const page of pages) {
      await expect.poll(() => page.textContent('#app'), { timeout: 10_000 }).toBe('open true 1');
    }
    expect(site.push.hub.stats().sessions).toBe(1);
  }, 90_000);
});

async function reactPage(): Promise<string> {
  const contents = `
    import { createSharedClient } from '@cometkit/client/shared';
    import { createHooks } from '@cometkit/react';
    import { createElement } from 'react';
    import { createRoot } from 'react-dom/client';
    const { useComet, useSubscription } = createHooks({ createClient: createSharedClient });
    const place = document.body.appendChild(document.createElement('main'));
    place.id = 'app';
    const App = () => {
      const { value, ready } = useSubscription('/a', { initial: 'none' });
      return useComet().state + ' ' + ready + ' ' + value;
    };
    createRoot(place).render(createElement(App));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return outputFiles?.[0]?.text ?? '';
}
