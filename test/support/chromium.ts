import { existsSync } from 'node:fs';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

const usual = '/usr/bin/chromium';
const executablePath = process.env['CHROME_PATH'] ?? (existsSync(usual) ? usual : undefined);
const optedOut = process.env['SKIP_BROWSER'] !== undefined;
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Says whether tests that need a real browser are to be skipped, in one line on the output when they are.
 *
 * @returns false under CI=true without a browser, so that the launch fails and with it the run.
 */
export function skipsChromium(what: string): boolean {
  const skipped = optedOut || (executablePath === undefined && process.env['CI'] !== 'true');
  if (skipped) process.stdout.write(`No Chromium: ${what} not tested. Name one with CHROME_PATH.\n`);
  return skipped;
}

/** Starts a headless Chromium. */
export function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  if (executablePath === undefined) {
    throw new Error('CI=true and no Chromium: install it or set CHROME_PATH');
  }
  return chromium.launch({ executablePath, args: [...flags, ...args], ...options });
}
