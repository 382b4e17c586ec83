import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';

const usual = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];
const executablePath = process.env['FIREFOX_PATH'] ?? usual.find((path) => existsSync(path));

/** Says whether tests in Firefox are to be skipped, in one line on the output when they are: it is optional, in CI too. */
export function skipsFirefox(what: string): boolean {
  const skipped = executablePath === undefined || process.env['SKIP_FIREFOX'] !== undefined;
  if (skipped) process.stdout.write(`No Firefox: ${what} not tested there. Name one with FIREFOX_PATH.\n`);
  return skipped;
}

// It asks nobody for anything beside the pages of the tests.
const preferences: Readonly<Record<string, unknown>> = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.proxy.type': 0,
  'toolkit.telemetry.enabled': false,
};

type Answer = Readonly<Record<string, unknown>>;
type Pending = [resolve: (answer: Answer) => void, reject: (error: Error) => void];

/**
 * A headless Firefox, driven over WebDriver BiDi, which every Firefox speaks by itself. Playwright's own driver asks for
 * commands that the long-term releases do not have.
 */
export class Firefox {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #pending = new Map<number, Pending>();
  #socket: WebSocket | undefined;
  #commands = 0;

  private constructor(path: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'cometkit-firefox-'));
    const lines = Object.entries(preferences).map(
      ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`,
    );
    writeFileSync(join(this.#profile, 'user.js'), `${lines.join('\n')}\n`);
    const flags = ['--headless', '--remote-debugging-port=0', '--profile', this.#profile];
    this.#child = spawn(path, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  static async launch(): Promise<Firefox> {
    if (executablePath === undefined) throw new Error('no Firefox: set FIREFOX_PATH');
    const firefox = new Firefox(executablePath);
    try {
      await firefox.#connect();
    } catch (error) {
      await firefox.close();
      throw error;
    }
    return firefox;
  }

  /** Opens a tab in a store of cookies and storage of its own, or in that of another tab. */
  async newPage(beside?: FirefoxPage): Promise<FirefoxPage> {
    const own = beside?.userContext ?? (await this.send('browser.createUserContext', {}))['userContext'];
    const userContext = String(own);
    const { context } = await this.send('browsingContext.create', { type: 'tab', userContext });
    return new FirefoxPage(this, String(context), userContext);
  }

  /** Sends a command. @throws Firefox refused it, or is gone. */
  send(method: string, params: Answer): Promise<Answer> {
    this.#commands += 1;
    const id = this.#commands;
    return new Promise((...settle) => {
      this.#pending.set(id, settle);
      this.#socket?.send(JSON.stringify({ id, method, params }));
    });
  }

  async close(): Promise<void> {
    this.#socket?.close();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #connect(): Promise<void> {
    let output = '';
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    const address = () => /WebDriver BiDi listening on (ws:\S+)/.exec(output)?.[1];
    const found = await eventually('Firefox listens', address, 30_000);
    const socket = new WebSocket(`${found}/session`, { maxPayload: 64 * 1024 * 1024 });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    socket.on('close', () => {
      for (const [, reject] of this.#pending.values()) reject(new Error('Firefox is gone'));
    });
    this.#socket = socket;
    await this.send('session.new', { capabilities: {} });
  }

  #receive({ id, type, result, error, message }: Answer): void {
    const pending = this.#pending.get(id as number);
    this.#pending.delete(id as number);
    if (type === 'success') pending?.[0](result as Answer);
    else pending?.[1](new Error(`${error}: ${message}`));
  }
}

/** A tab. */
export class FirefoxPage {
  readonly userContext: string;
  readonly #firefox: Firefox;
  readonly #context: string;

  constructor(firefox: Firefox, context: string, userContext: string) {
    this.#firefox = firefox;
    this.#context = context;
    this.userContext = userContext;
  }

  async goto(url: string): Promise<void> {
    await this.#firefox.send('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  async reload(): Promise<void> {
    await this.#firefox.send('browsingContext.reload', { context: this.#context, wait: 'complete' });
  }

  /** Runs a function in the page. @returns what it gives and what it is given is JSON. @throws what it throws. */
  async evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    const given = JSON.stringify(argument ?? null);
    const answer = await this.#firefox.send('script.callFunction', {
      functionDeclaration: `async () => JSON.stringify(await (${run})(${given}) ?? null)`,
      awaitPromise: true,
      target: { context: this.#context },
    });
    const { exceptionDetails, result } = answer as {
      exceptionDetails?: { text: string };
      result?: { value: string };
    };
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return JSON.parse(result?.value ?? 'null') as R;
  }

  async close(): Promise<void> {
    await this.#firefox.send('browsingContext.close', { context: this.#context });
  }
}
