// Takes the pictures of the monitor that README.md and the documentation show: PORT=3000 node scripts/docs/picture.mjs, after a build.
// With a folder as its argument it takes every look of the page instead, for people to look at.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findTools } from '../provision.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = spawn(process.execPath, [join(root, 'examples/monitor/server.mjs')], {
  env: { PORT: '0', ...process.env },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const origin = await new Promise((resolve) => {
  server.stdout.setEncoding('utf8').on('data', (text) => {
    const [address] = /http:\/\/localhost:\d+/.exec(text) ?? [];
    if (address !== undefined) resolve(address);
  });
});
const executablePath = process.env.CHROME_PATH ?? findTools().env?.CHROME_PATH ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });

/** One look of the page, after it has run for a while. */
async function take(file, colorScheme, { width, height, whole = false }) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } });
  await page.goto(origin);
  await page.waitForSelector('#client-card[data-state="live"]');
  await page.waitForTimeout(whole ? 3000 : 12_000);
  const wire = await page.context().newCDPSession(page);
  const format = /** @type {'webp' | 'png'} */ (file.split('.').pop());
  const { data } = await wire.send('Page.captureScreenshot', {
    format,
    ...(format === 'webp' && { quality: 70 }),
    captureBeyondViewport: whole,
  });
  await writeFile(file, Buffer.from(data, 'base64'));
  await page.close();
}

const [folder] = process.argv.slice(2);
const schemes = /** @type {const} */ (['light', 'dark']);
for (const scheme of schemes) {
  if (folder === undefined) {
    const name = scheme === 'light' ? 'monitor.webp' : 'monitor-dark.webp';
    await take(join(root, 'docs/images', name), scheme, { width: 1280, height: 800 });
  } else {
    for (const width of [390, 1440]) {
      await take(join(folder, `monitor-${scheme}-${width}.png`), scheme, {
        width,
        height: 2200,
        whole: true,
      });
    }
  }
}
await browser.close();
server.kill();
