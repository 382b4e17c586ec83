import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { serve } from '../../scripts/docs/serve.mjs';
import { versionOf } from '../../scripts/docs/versions.mjs';
import { violationsOn } from '../support/axe.ts';
import { launchChromium, skipsChromium } from '../support/chromium.ts';

// Three sites of few pages are built.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const skipped = skipsChromium('the versions of the site are');
// npm run docs installs what builds the site; npm test does without.
const built = existsSync(join(root, 'docs/node_modules/vitepress'));

describe('the version that a build is asked for', () => {
  it('is none, or one that is a version', () => {
    expect([versionOf([]), versionOf(['--version', '1.2.0']), versionOf(['--version', '1.2'])]).toEqual([
      undefined,
      '1.2.0',
      '1.2',
    ]);
    for (const wrong of [['--version'], ['--version', '../x'], ['--version', 'v1'], ['--force']])
      expect(() => versionOf(wrong)).toThrow('Usage: ');
  });
});

describe.skipIf(!built)('a site of two versions and the newest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cometkit-site-'));
  const site = join(folder, 'site');
  const pageOf = (path: string): string => readFileSync(join(site, path), 'utf8');

  function build(...args: string[]): void {
    const env = { ...process.env, DOCS_SITE: site, DOCS_FEW: '1' };
    const options = { cwd: root, env, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', 'build', ...args], options);
    if (status !== 0) throw new Error(stderr);
  }

  beforeAll(() => {
    build('--version', '0.0.2');
    build();
    build('--version', '0.0.10');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps the folders of versions when the root is built anew, and lists them, the newest first', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'packages/cometkit/package.json'), 'utf8'));
    expect(JSON.parse(pageOf('versions.json'))).toEqual({ newest: version, versions: ['0.0.10', '0.0.2'] });
  });

  it('leads search engines from every version to the newest form of a page', () => {
    for (const path of ['', 'v0.0.2/', 'v0.0.10/'])
      expect(pageOf(`${path}migrate.html`)).toContain('<link rel="canonical" href="/migrate">');
  });

  it.skipIf(skipped)('has a menu of them on each page, and a banner on old ones alone', async () => {
    const server = await serve(site);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const menu = page.locator('.VPNavBar select[aria-label="Version"]');
      await page.goto(`${server.origin}/v0.0.2/migrate`, { waitUntil: 'networkidle' });
      expect(await page.locator('.old-version').innerText()).toContain('This page is about version 0.0.2.');
      expect(await menu.inputValue()).toBe('0.0.2');
      expect(await violationsOn(page)).toEqual([]);
      await menu.selectOption('0.0.10');
      await page.waitForURL(`${server.origin}/v0.0.10/migrate`);
      await page.locator('.old-version a').click();
      await page.waitForURL(`${server.origin}/migrate`, { waitUntil: 'networkidle' });
      expect(await page.locator('h1').innerText()).toContain('Migrate');
      expect(await page.locator('.old-version').count()).toBe(0);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
