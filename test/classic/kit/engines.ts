import { CookieJar, JSDOM } from 'jsdom';
import type { Browser, BrowserContext } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import { eventually } from '../../support/eventually.ts';
import type { Fields } from './readers.ts';

/** A page that runs one of the classic clients. */
export interface ClientPage {
  /** Runs code in the page; the value must be JSON. */
  run<T>(code: string): Promise<T>;
  close(): Promise<void>;
}

/** A browser of one kind: pages opened by one engine share their cookies. */
export interface Engine {
  open(url: string): Promise<ClientPage>;
  close(): Promise<void>;
}

export const engines = {
  jsdom: async (): Promise<Engine> => jsdomEngine(),
  Chromium: async (): Promise<Engine> => chromiumEngine(),
};

function jsdomEngine(): Engine {
  const cookieJar = new CookieJar();
  return {
    open: async (url) => {
      const dom = await JSDOM.fromURL(url, { runScripts: 'dangerously', resources: 'usable', cookieJar });
      const { window } = dom;
      if (window.document.readyState !== 'complete') {
        await new Promise((resolve) => window.addEventListener('load', resolve));
      }
      return {
        // Through JSON, since objects of the page have another Object.prototype.
        run: async (code) => JSON.parse(JSON.stringify(window.eval(code) ?? null)),
        close: async () => window.close(),
      };
    },
    close: async () => undefined,
  };
}

let shared: Promise<Browser> | undefined;

async function chromiumEngine(): Promise<Engine> {
  shared ??= launchChromium();
  const context: BrowserContext = await (await shared).newContext();
  return {
    open: async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      return { run: (code) => page.evaluate(code), close: () => page.close() };
    },
    close: () => context.close(),
  };
}

/** Ends the browser that the engines of this file share. */
export async function closeBrowser(): Promise<void> {
  await (await shared)?.close();
  shared = undefined;
}

/** One call of a callback in a client's page. */
export interface Call {
  readonly callback: string;
  readonly fields: Fields;
}

/** Reads the calls that a page's callbacks have had so far. */
export async function callsOf(page: ClientPage, callback?: string): Promise<Call[]> {
  const seen = await page.run<[string, Fields][]>('seen');
  const calls = seen.map(([name, fields]) => ({ callback: name, fields }));
  return callback === undefined ? calls : calls.filter((call) => call.callback === callback);
}

/** Waits until a callback was called so many times. @returns the fields of those calls. */
export async function awaitCalls(page: ClientPage, callback: string, count = 1): Promise<Fields[]> {
  const all = await eventually(`${count} × ${callback}`, async () => {
    const calls = await callsOf(page, callback);
    return calls.length >= count ? calls : undefined;
  });
  return all.map(({ fields }) => fields);
}

/** Waits for the first call of a callback. */
export async function awaitCall(page: ClientPage, callback: string): Promise<Fields> {
  const [first] = await awaitCalls(page, callback);
  return first as Fields;
}
