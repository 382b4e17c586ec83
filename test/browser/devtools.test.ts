import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createHub, createNodeHandler, type Hub, type NodeHandler } from '@cometkit/node';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build as compile } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const packages = fileURLToPath(new URL('../../packages', import.meta.url));
// Nothing inline, and no text that becomes HTML.
const policy = "default-src 'self'; require-trusted-types-for 'script'";
const html = `<!doctype html><html lang="en"><title>App</title><link rel="icon" href="/none">
<meta name="viewport" content="width=device-width"><main><h1>App</h1></main><script type="module" src="/app.js"></script></html>`;

/** The program of the guide, whose client and panel the test can reach, as a bundler makes it in development. */
async function application(): Promise<string> {
  const shown = block('docs/guides/devtools.md', 'app.js').text;
  const { outputFiles } = await build({
    stdin: {
      contents: `${shown}\nObject.assign(window, { client, hide, showDevtools });`,
      resolveDir: packages,
    },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    plugins: [
      {
        name: 'sources',
        setup(builder) {
          const at = (path: string) => ({ path: `${packages}/${path}.ts` });
          builder.onResolve({ filter: /^cometkit\/client$/ }, () => at('client/src/index'));
          builder.onResolve({ filter: /^@cometkit\// }, ({ path }) => {
            const [, name, entry = 'index'] = path.split('/');
            return at(`${name}/src/${entry}`);
          });
        },
      },
    ],
  });
  return outputFiles?.[0]?.text ?? '';
}

/** What the site answers: its page, its program, and the panel as pages without a bundler load it. */
function textOf(path: string, script: string): string {
  if (path === '/app.js') return script;
  const shown = block('docs/guides/devtools.md', 'local.js').text.replace('localhost', '127.0.0.1');
  if (path === '/local.js') return `const { client } = window;\n${shown}`;
  const [, file] = /^\/devtools\/([a-z]+\.js)$/.exec(path) ?? [];
  if (path === '/?local') return `${html}<script type="module" src="/local.js"></script>`;
  return file === undefined ? html : readFileSync(`${packages}/devtools/dist/${file}`, 'utf8');
}

interface App {
  readonly client: Parameters<typeof import('@cometkit/devtools').showDevtools>[0];
  readonly showDevtools: typeof import('@cometkit/devtools').showDevtools;
  readonly hide: () => void;
}

describe.skipIf(skipsChromium('the devtools are'))('the panel of the devtools', () => {
  let script: string;
  let browser: Browser;
  let hub: Hub;
  let push: NodeHandler;
  let server: DisposableServer;
  let page: Page;
  const sockets = new Set<Socket>();
  const troubles: string[] = [];

  beforeAll(async () => {
    if (!compile()) throw new Error('the packages do not build');
    [script, browser] = await Promise.all([application(), launchChromium()]);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    hub = createHub({ maxEventBytes: 2_000_000 });
    push = createNodeHandler(hub, { path: '/push' });
    const httpServer = http.createServer((request, response) => {
      if (request.url?.startsWith('/push')) return void push(request, response);
      const text = textOf(request.url ?? '', script);
      const type = text.startsWith('<!doctype') ? 'text/html' : 'text/javascript';
      response.writeHead(200, { 'content-type': type, 'content-security-policy': policy });
      response.end(text);
    });
    httpServer.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server = await disposableServer(httpServer, '');
    page = await (await browser.newContext({ viewport: { width: 390, height: 800 } })).newPage();
    page.setDefaultTimeout(15_000);
    troubles.length = 0;
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    await page.goto(server.url);
    await button(/^CometKit: open, stream/).waitFor();
  });

  afterEach(async () => {
    await page.context().close();
    await push.close();
    for (const socket of sockets) socket.destroy();
    await server.close();
  });

  const button = (name: RegExp | string) => page.getByRole('button', { name });
  const row = (name: string) => page.locator(`dt:text-is("${name}") + dd`);
  const until = (name: string, text: RegExp) => row(name).filter({ hasText: text }).waitFor();

  it('shows how the client of the guide is connected, and what it gets, as text alone', async () => {
    const hostile = '<img src=x onerror="document.title = 1">';
    hub.publish('/orders', { text: hostile });
    await until('Events', /^1, 0\.1 a second$/);
    await until('State', /^open for \d+ s$/);
    await until('Transport', /^stream \(first\)$/);
    await until('Session', new RegExp(`^${[...hub.sessions()][0]!.id}$`));
    await until('Latency', /^last \d+ ms, median \d+ ms, worst \d+ ms beyond the quickest message$/);
    await until('Clocks', /^this page is at (most|least) \d+ ms (ahead of|behind) the server$/);
    expect(await page.locator('li').innerText()).toMatch(/^\d\d:\d\d:\d\d \/orders \{"text":"<img/);
    expect([await page.locator('img').count(), await page.title(), troubles]).toEqual([0, 'App', []]);
  });

  it('keeps the newest events, the newest first', async () => {
    for (let at = 1; at <= 120; at += 1) hub.publish('/orders', at);
    await until('Events', /^120,/);
    const data = await page.locator('li code').allInnerTexts();
    expect(data).toEqual(Array.from({ length: 50 }, (_, at) => `${120 - at}`));
  });

  it('counts gaps and lost connections, and says what the last one was', async () => {
    hub.publish('/orders', 'x'.repeat(1_100_000));
    await until('Gaps', /^1, the last: too-large, positions \d+ to \d+$/);
    await button(/, 1 gap$/).waitFor();
    for (const socket of sockets) socket.resetAndDestroy();
    await until('Reconnects', /^1, the last: \[\w+\] .+; again in \d+ ms$/);
    await until('State', /^open /);
    hub.publish('/orders', 'after it');
    await page.getByText('"after it"').waitFor();
  });

  it('shows errors that nobody listens to, and leaves them to the page', async () => {
    hub.revoke([...hub.sessions()][0]!);
    await until('Errors', /^1, the last: \[refused\] /);
    expect(troubles.join()).toContain('[refused]');
  });

  it('copies a report without the data of events', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    hub.publish('/orders', 'a secret of mine');
    await until('Events', /^1,/);
    await button('Copy report').click();
    await page.getByText('Copied.').waitFor();
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toContain(`Session: ${[...hub.sessions()][0]!.id}`);
    expect(report).toMatch(/^\S+Z \/orders \S+, took -?\d+ ms$/m);
    expect(report).not.toContain('secret');
  });

  it('gives the report to be copied by hand where the clipboard is closed', async () => {
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await button('Copy report').click();
    await page.getByText('Copy it by hand:').waitFor();
    expect(await page.getByLabel('Report').inputValue()).toContain('Transport: stream');
  });

  it('is opened and closed by keys', async () => {
    const toggle = button(/^CometKit/);
    await row('State').waitFor();
    await page.getByLabel('Last events').focus();
    await page.keyboard.press('Escape');
    expect(await row('State').isVisible()).toBe(false);
    expect(await toggle.getAttribute('aria-expanded')).toBe('false');
    // The focus is on the button again.
    await page.keyboard.press('Enter');
    await row('State').waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    expect(await page.getByLabel('Last events').evaluate((list) => list.matches(':focus'))).toBe(true);
  });

  it('is loaded by a page without a bundler as the guide shows', async () => {
    await page.goto(`${server.url}/?local`);
    await page.getByRole('complementary', { name: 'CometKit 2' }).waitFor();
    expect(troubles).toEqual([]);
  });

  it('is there for each client, and goes without a trace', async () => {
    const removed = await page.evaluate(() => {
      const { client, hide, showDevtools } = window as unknown as App;
      const second = showDevtools(client);
      const names = [...document.querySelectorAll('aside')].map(({ ariaLabel }) => ariaLabel);
      hide();
      hide();
      second();
      return [names, document.querySelectorAll('cometkit-devtools, aside').length];
    });
    expect(removed).toEqual([['CometKit', 'CometKit 2'], 0]);
    hub.publish('/orders', 1);
    expect(troubles).toEqual([]);
  });

  it.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 390],
    ['dark', 390],
  ] as const)('can be used by everybody: %s, %d px', async (colorScheme, width) => {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    hub.publish('/orders', { long: 'x'.repeat(300) });
    await until('Events', /^1,/);
    expect(await violationsOn(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const box = await page.locator('aside').boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(width);
  });
});
