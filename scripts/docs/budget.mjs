// Holds the built site to what a reader feels: what the landing page weighs, that nothing moves while it loads, how soon
// the search answers, that it knows every option and error code, that no page is wider than a phone, and that axe finds nothing
// on any in either colours.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { provision } from '../provision.mjs';
import { serve } from './serve.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const limits = { landingBytes: 200_000, layoutShift: 0, searchMs: 50 };
const phone = { width: 390, height: 844 };
const desk = { width: 1440, height: 900 };

/**
 * Opens a built site in Chromium and prints what it found.
 *
 * @param {string} site - the folder that the site was built to.
 * @throws Error - a limit is passed. Without a Chromium only the search index is looked at, but under CI=true.
 */
export async function checkBudget(site) {
  const faults = await missingFromSearch(site);
  const { env } = await provision();
  const executablePath = env.CHROME_PATH ?? process.env.CHROME_PATH;
  if (executablePath === undefined) {
    if (process.env.CI === 'true') faults.push('CI=true and no Chromium: the pages were not opened');
    else process.stdout.write('No Chromium: the pages of the site are not opened.\n');
  } else faults.push(...(await inBrowser(site, executablePath)));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) throw new Error('The site is not as it should be; see above.');
}

async function inBrowser(site, executablePath) {
  const server = await serve(site);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    const faults = [...(await landing(page, server.origin)), ...(await search(page, server.origin))];
    const looks = [
      { viewport: phone, colorScheme: 'light' },
      { viewport: desk, colorScheme: 'dark' },
    ];
    const looked = await Promise.all(looks.map((look) => everyPage(browser, site, server.origin, look)));
    return [...faults, ...looked.flat()];
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Loads the landing page to its end: the bytes on the wire, compressed as any host does, and what moved. */
async function landing(page, origin) {
  const wire = await page.context().newCDPSession(page);
  let bytes = 0;
  await wire.send('Network.enable');
  wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(origin, { waitUntil: 'networkidle' });
  await page.evaluate(() => window.scrollTo({ top: document.body.scrollHeight, behavior: 'instant' }));
  await page.waitForLoadState('networkidle');
  const shift = await page.evaluate(
    () =>
      new Promise((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += entry['value'];
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
  await wire.detach();
  process.stdout.write(`landing page: ${(bytes / 1000).toFixed(0)} kB, layout shift ${shift}\n`);
  return [
    ...(bytes > limits.landingBytes
      ? [`The landing page is ${bytes} bytes; ${limits.landingBytes} are allowed`]
      : []),
    ...(shift > limits.layoutShift ? [`The landing page moves while it loads, by ${shift}`] : []),
  ];
}

// The key means nothing until the page has come to life.
async function openSearch(page) {
  const input = page.locator('.VPLocalSearchBox input');
  for (let tries = 0; tries < 10; tries += 1) {
    await page.keyboard.press('Control+k');
    const opened = await input.waitFor({ timeout: 3000 }).then(
      () => true,
      () => false,
    );
    if (opened) return input;
  }
  throw new Error('the search does not open by its key');
}

/** Types words into the search: from the key to the list of answers. The index is loaded by the first. */
async function search(page, origin) {
  await page.goto(`${origin}/getting-started`, { waitUntil: 'networkidle' });
  const input = await openSearch(page);
  await input.fill('warm up');
  await page.waitForTimeout(500);
  const took = [];
  const faults = [];
  for (const word of ['nginx', 'presence', 'leaseMs', 'unknown-session', 'resume', 'cursor']) {
    await input.fill('');
    await page.waitForFunction(() => document.querySelector('.VPLocalSearchBox .result') === null);
    const ms = await page.evaluate(answerTime, word);
    if (ms === undefined) faults.push(`The search finds nothing for ${word}`);
    else took.push(ms);
  }
  // The quickest: what the search costs, whatever else the machine is doing just now.
  const quickest = Math.min(...took);
  process.stdout.write(`search: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
  if (quickest > limits.searchMs)
    faults.push(`A search takes ${quickest.toFixed(0)} ms; ${limits.searchMs} are allowed`);
  return faults;
}

/** Runs in the page. @returns milliseconds from the input to the first answer; undefined when there was none. */
function answerTime(word) {
  const field = /** @type {HTMLInputElement} */ (document.querySelector('.VPLocalSearchBox input'));
  const begin = performance.now();
  field.value = word;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  return new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('.VPLocalSearchBox .result') !== null) resolve(performance.now() - begin);
      else if (performance.now() - begin > 5000) resolve(undefined);
      else setTimeout(look, 1);
    };
    look();
  });
}

/** Opens every page but those of the API: none is wider than the screen, reports an error, or breaks a rule of axe. */
async function everyPage(browser, site, origin, { viewport, colorScheme }) {
  const faults = [];
  const page = await browser.newPage({ viewport, colorScheme });
  let path = '';
  page.on('pageerror', (error) => faults.push(`${path} fails: ${error.message}`));
  page.on(
    'console',
    (message) => message.type() === 'error' && faults.push(`${path} says: ${message.text()}`),
  );
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.html') && !/^(?:api\W|v\d)/.test(name))) {
    path = `/${file.replaceAll('\\', '/').replace(/\.html$/, '')}`;
    await page.goto(`${origin}${path}`, { waitUntil: 'networkidle' });
    await comesToLife(page);
    const width = await page.evaluate(() => document.scrollingElement?.scrollWidth ?? 0);
    if (width > viewport.width)
      faults.push(`${path} is ${width} px wide on a screen of ${viewport.width} px`);
    for (const violation of await violationsOn(page)) faults.push(`${path}, ${colorScheme}: ${violation}`);
  }
  await page.close();
  return faults;
}

// A page gets its heading and the names of its switches from its script, on a busy machine after the network has gone quiet. What does not
// come is for the rules to find.
async function comesToLife(page) {
  const isAlive = () =>
    document.querySelector('h1') !== null &&
    [...document.querySelectorAll('.VPSwitchAppearance')].every(
      (button) => button.getAttribute('title') !== '',
    );
  await page.waitForFunction(isAlive, undefined, { timeout: 10_000 }).catch(() => undefined);
}

/** Which rules of accessibility a page breaks, and where. */
async function violationsOn(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate('axe.run()');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html.slice(0, 200)}`));
}

/** Looks up every option and error code of the sources in the index of the search. */
async function missingFromSearch(site) {
  const { resolve } = createRequire(join(root, 'docs/package.json'));
  const { default: MiniSearch } = await import(pathToFileURL(resolve('minisearch')).href);
  const chunks = join(site, 'assets/chunks');
  const chunk = readdirSync(chunks).find((name) => name.startsWith('@localSearchIndex'));
  const { default: json } = await import(pathToFileURL(join(chunks, chunk ?? '')).href);
  const index = MiniSearch.loadJSON(json, { fields: ['title', 'titles', 'text'] });
  const words = [...publicOptions()];
  words.push(...(readFileSync(join(root, 'docs/errors.md'), 'utf8').match(/(?<=^### )\S+$/gm) ?? []));
  process.stdout.write(
    `search index: ${(json.length / 1e6).toFixed(1)} MB, ${words.length} options and codes\n`,
  );
  const search = { prefix: false, fuzzy: false, combineWith: 'AND' };
  return words
    .filter((word) => index.search(word, search).length === 0)
    .map((word) => `The search does not know ${word}`);
}

/** The names of all options that the API reference shows. */
function publicOptions() {
  const textOf = (folder, pattern) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => pattern.test(file))
      .map((file) => readFileSync(join(root, folder, file), 'utf8'))
      .join('\n');
  const reference = textOf('docs/api', /\.md$/);
  const sources = textOf('packages', /^[\w-]+[\\/]src[\\/].*\.ts$/);
  const names = new Set();
  for (const [, name, body = ''] of sources.matchAll(/interface (\w*Options)\b[^{]*\{(.*?)^\}/gms)) {
    if (!reference.includes(`### ${name}`)) continue;
    for (const [, option = ''] of body.matchAll(/^ {2}readonly (\w+)\??:/gm)) names.add(option);
  }
  return names;
}
