import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@cometkit/client';
import { eachAdapter, openStream, type StartServer, send } from '@cometkit/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { filesOfGuide, watchAsShown } from '../support/guide.ts';
import { onFreePort, Program } from '../support/program.ts';
import { type NextApp, NextInstall } from './apps.ts';
import { fragments, frame } from './guide-app.ts';
import { loadInProcess } from './in-process.ts';
import { statsOf } from './probes.ts';

const install = await NextInstall.prepare();
const withoutBrowser = skipsChromium('the guide for Next');
const joinListen = '/push?type=join-listen&subject=/orders&format=ndjson';

let app: NextApp;
let browser: Browser | undefined;

async function label(address: string): Promise<string> {
  return (await fetch(`${address}/label`, { method: 'POST' })).text();
}

async function gather(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const value of stream) found.push(value);
  return found;
}

describe.skipIf(install === undefined)('the guide for Next', () => {
  beforeAll(async () => {
    const shown = new Map([...filesOfGuide('custom-next-server'), ...filesOfGuide('nextjs')]);
    app = install!.app('guide', new Map([...frame, ...fragments, ...shown]));
    if (!withoutBrowser) browser = await launchChromium();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    install?.close();
  }, 60_000);

  describe('in development', () => {
    let server: Program;
    let address: string;

    beforeAll(async () => {
      // The endpoint shares a module with another route, which is then edited.
      const route = filesOfGuide('nextjs').get('app/push/route.ts');
      app.write('app/push/route.ts', `import '../../lib/label';\n${route}`);
      server = app.serve('dev');
      // In development Next serves its scripts to pages of localhost only.
      address = (await server.address(60_000)).replace('127.0.0.1', 'localhost');
    }, 90_000);

    afterAll(async () => {
      app.write('app/push/route.ts', filesOfGuide('nextjs').get('app/push/route.ts')!);
      await server.kill();
    }, 60_000);

    it('keeps one hub while a file that two routes share is edited', async () => {
      const old = await openStream(address + joinListen);
      await old.until('join-listen-ack');
      expect(await label(address)).toBe('first');
      await old.until('"text":"first"');
      app.write('lib/label.ts', "export const label = 'second';");
      await eventually('the edit', async () => (await label(address)) === 'second', 20_000);
      await old.until('"text":"second"');
      const young = await openStream(address + joinListen);
      await young.until('join-listen-ack');
      await label(address);
      await Promise.all([young.until('"text":"second"'), old.until('"text":"second"', 2)]);
      old.close();
      young.close();
    }, 40_000);

    it.skipIf(withoutBrowser)(
      'keeps one session for a page, under StrictMode and after an edit',
      async () => {
        const page = await browser!.newPage();
        const before = (await statsOf(address)).opened;
        await page.goto(address);
        await page.getByText('open, stream').waitFor();
        await label(address);
        await page.getByText('second').first().waitFor();
        app.write(
          'app/orders.tsx',
          filesOfGuide('nextjs').get('app/orders.tsx')!.replace('<ul>', '<ul id="edited">'),
        );
        await page.locator('#edited').waitFor({ timeout: 20_000 });
        const shown = await page.locator('li').count();
        await label(address);
        await eventually(
          'an event after the edit',
          async () => (await page.locator('li').count()) === shown + 1,
        );
        expect((await statsOf(address)).opened).toBe(before + 1);
        await page.close();
      },
      60_000,
    );
  });

  describe('built with cacheComponents', () => {
    beforeAll(async () => {
      app.write('app/orders.tsx', filesOfGuide('nextjs').get('app/orders.tsx')!);
      const notes = join(app.folder, 'notes.txt');
      const watch = `--require ${join(app.folder, 'watch-build.cjs')}`;
      const output = await app.build({ CACHE_COMPONENTS: '1', BUILD_NOTES: notes, NODE_OPTIONS: watch });
      expect(output).toMatch(/◐ \/\n(?:.*\n)*.*ƒ \/push/);
      expect(existsSync(notes) ? readFileSync(notes, 'utf8') : '').toBe('');
    }, 300_000);

    it.skipIf(withoutBrowser)(
      'takes an order in one window and shows it in two',
      async () => {
        const server = app.serve('start', { CACHE_COMPONENTS: '1' });
        const address = await server.address();
        const [one, two] = [await browser!.newPage(), await browser!.newPage()];
        for (const page of [one, two]) {
          await page.goto(address);
          await page.getByText('open, stream').waitFor();
        }
        await one.locator('[name=text]').fill('tea');
        await one.locator('button').click();
        for (const page of [one, two]) await page.getByText('tea').waitFor();
        expect(await two.locator('li').count()).toBe(1);
        await Promise.all([one.close(), two.close()]);
        expect(await server.stop()).toBeLessThan(5000);
      },
      60_000,
    );

    it('publishes as shown, and watches with the curl line that is shown', async () => {
      const server = app.serve('start', { CACHE_COMPONENTS: '1' });
      const address = await server.address();
      const order = () => fetch(`${address}/fragment`, { method: 'POST' });
      await watchAsShown('nextjs', address, (output) => output.includes('"text":"tea"'), order);
      await server.kill();
    }, 30_000);

    it('streams an answer, from the route of one bundle to readers of another', async () => {
      const server = app.serve('start', { CACHE_COMPONENTS: '1' });
      const address = await server.address();
      const client = createClient(`${address}/push`);
      const waiting = gather(client.stream<string>('/answers/7'));
      const body = JSON.stringify({ question: 'why?' });
      expect((await fetch(`${address}/answers/7`, { method: 'POST', body })).status).toBe(201);
      expect(await waiting).toEqual(['You', 'asked:', 'why?']);
      expect(await gather(client.stream('/answers/7'))).toEqual(['You', 'asked:', 'why?']);
      await client.close();
      await server.kill();
    }, 30_000);

    it('asks the hooks that are shown', async () => {
      const server = app.serve('start', { CACHE_COMPONENTS: '1' });
      const guarded = `${await server.address()}/guarded`;
      const ask = async (query: string, headers = {}) =>
        (await send(`${guarded}?${query}`, { headers })).body;
      expect(await ask('type=join&format=ndjson')).toContain('please log in');
      const joined = JSON.parse(await ask('type=join&format=ndjson', { cookie: 'user=ann' }));
      const { session, key } = joined;
      const subscribe = async (subject: string) =>
        send(guarded, { body: JSON.stringify({ type: 'subscribe', session, key, subject }) });
      expect((await subscribe('/users/ann')).body).toContain('subscribe-ack');
      expect((await subscribe('/users/bob')).status).toBe(403);
      await server.kill();
    }, 30_000);

    it('runs beside a custom server', async () => {
      const env = { NODE_ENV: 'production', CACHE_COMPONENTS: '1', NEXT_TELEMETRY_DISABLED: '1' };
      const server = Program.start(app.folder, [...onFreePort, 'server.mjs'], env);
      const address = await server.address();
      await watchAsShown('custom-next-server', address, (output) => output.includes('"data":{"id":7}'));
      const stream = await openStream(address + joinListen);
      await stream.until('"heartbeat"');
      const [took, text] = await Promise.all([server.stop(), stream.rest()]);
      expect(text).toContain('"reason":"shutdown"');
      expect(took).toBeLessThan(5000);
    }, 30_000);

    describe('keeps the contract of adapters', () => {
      let start: StartServer;

      beforeAll(async () => {
        process.env['CACHE_COMPONENTS'] = '1';
        start = await loadInProcess(app);
      }, 30_000);

      eachAdapter(
        (hub, options) => start(hub, options),
        (name, run) => {
          // Next answers methods that no route exports by itself, without the header `allow`.
          if (name !== 'refuses other methods') it(name, run);
        },
      );
    });
  });
});
