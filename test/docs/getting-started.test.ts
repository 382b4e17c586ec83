import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClient } from '@cometkit/client';
import { openStream } from '@cometkit/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build, runTool } from '../../scripts/workspace.mjs';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { filesOf } from '../support/guide.ts';
import type { Program } from '../support/program.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { block } from './blocks.ts';
import { Stage, skipsCurl, type } from './stage.ts';

// Browsers, compilers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const guide = 'docs/getting-started.md';
const files = filesOf(guide);
const skipped = skipsChromium('the page of getting started is');
let stage: Stage;
let browser: Browser | undefined;

beforeAll(() => {
  // The app runs what users get: the compiled packages, and the client in one file.
  if (!build() || !runTool('../scripts/bundle-client.mjs', [])) throw new Error('the packages do not build');
});
afterAll(() => browser?.close());
beforeEach(() => {
  stage = new Stage();
  for (const [file, text] of files) stage.writeFile(file, text);
});
afterEach(() => stage.close());

const start = (): Program => stage.run('src/server.ts', ['--import', 'tsx']);

function compile(): string {
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  return spawnSync(process.execPath, [compiler], { cwd: stage.folder, encoding: 'utf8' }).stdout;
}

describe('the app of docs/getting-started.md', () => {
  it.skipIf(skipsCurl())('is watched by the curl line', async () => {
    const address = await start().address(60_000);
    const line = block(guide, 'curl -N').text.trim().replace('http://localhost:3000', address);
    const output = await type(`${line} -sS`, (text) => text.includes('"data":{"n":'));
    expect(output).toContain('"subject":"/ticks"');
  });

  it.skipIf(skipped)('has a page that misses nothing when it is reloaded, and speaks', async () => {
    browser ??= await launchChromium();
    const address = await start().address(60_000);
    const page = await browser.newPage();
    const troubles: string[] = [];
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    const ticksAre = (least: number) =>
      page.waitForFunction((n) => Number(document.getElementById('n')?.textContent) >= n, least, {
        timeout: 30_000,
      });
    await page.goto(address);
    await ticksAre(1);
    const before = Number(await page.locator('#n').innerText());
    await page.goto('about:blank');
    // Meanwhile the server goes on: a page without a cursor would miss these.
    const watching = createClient(`${address}/push`);
    for await (const { data } of watching.subscribe('/ticks', { latest: true }))
      if ((data as { n: number }).n >= before + 2) break;
    await watching.close();
    await page.goto(address);
    await ticksAre(before + 3);
    const [, got = '', first = '', missing = ''] =
      /^(\d+) ticks since (\d+), (\d+) missing$/.exec(await page.locator('#summary').innerText()) ?? [];
    const now = Number(await page.locator('#n').innerText());
    expect([Number(first) <= before, Number(missing)]).toEqual([true, 0]);
    expect(Math.abs(Number(first) + Number(got) - 1 - now)).toBeLessThanOrEqual(1);
    await page.fill('#say input', 'hello');
    await page.click('#say button');
    await page.waitForFunction(() => document.querySelector('#chat li')?.textContent === 'hello');
    await page.reload();
    await page.waitForFunction(() => document.querySelector('#chat li')?.textContent === 'hello');
    expect(troubles).toEqual([]);
    // The very thing that the guide names; the browser logs the status.
    await page.fill('#say input', '"'.repeat(300));
    await page.click('#say button');
    await page.waitForFunction(() => document.getElementById('refused')?.textContent !== '');
    expect(await page.locator('#refused').innerText()).toContain('not authorized');
    expect(await page.inputValue('#say input')).toHaveLength(300);
  });

  it('lets clients say short things in the chat, and nothing elsewhere', async () => {
    const client = createClient(`${await start().address(60_000)}/push`);
    await client.publish('/chat', { text: 'hello' });
    const refused = { code: 'refused', serverCode: 'not-authorized' };
    await expect(client.publish('/chat', { text: 'x'.repeat(600) })).rejects.toMatchObject(refused);
    await expect(client.publish('/ticks', { n: 1 })).rejects.toMatchObject(refused);
    await client.close();
  });

  it('is checked by the compiler as it says, the page too', () => {
    expect(compile()).toBe('');
    stage.writeFile(
      'src/server.ts',
      (files.get('src/server.ts') ?? '').replace('{ n, at', '{ n: String(n), at'),
    );
    stage.writeFile(
      'public/page.js',
      (files.get('public/page.js') ?? '').replace('String(item.data.n)', 'item.data.n'),
    );
    expect(compile()).toMatch(/^public\/page\.js.*\n(?: .*\n)*src\/server\.ts/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('tells its streams and ends by itself on %s', async (signal) => {
    const program = start();
    const address = await program.address(60_000);
    const stream = await openStream(`${address}/push?subject=/ticks&format=ndjson`);
    await stream.until('"heartbeat"');
    await silentConnection(address);
    const [took, text] = await Promise.all([program.stop(signal), stream.rest()]);
    expect([took < 5000, await program.ended]).toEqual([true, 0]);
    await eventually('the last word', () => text.includes('"reason":"shutdown"'));
  });
});
