import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { launchChromium, skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { type Answer, requestText, valuesOf, Wire } from '../support/wire.ts';
import { type Block, block, blockAfter, blocksOf } from './blocks.ts';
import { shapesOfLines } from './shapes.ts';
import { Stage, skipsCurl, type } from './stage.ts';

// Browsers, compilers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const withoutCurl = skipsCurl();
const skipped = skipsChromium('the pages of the documentation are');
let stage: Stage;
let browser: Browser | undefined;

beforeAll(() => {
  // Programs of the documentation run what users get: the compiled packages.
  if (!build()) throw new Error('the packages do not build');
}, 60_000);

afterAll(() => browser?.close());

beforeEach(() => {
  stage = new Stage();
});

afterEach(() => stage.close());

const portOf = (address: string) => Number(new URL(address).port);

/** Sends a request as it is. */
async function ask(
  address: string,
  target: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  const wire = await Wire.open(portOf(address));
  const answer = await wire.ask(requestText(body === '' ? 'GET' : 'POST', target, headers, body));
  wire.socket.destroy();
  return answer;
}

/** Opens a stream and waits for a text in it. */
async function listen(
  address: string,
  target: string,
  until: string,
  headers: Record<string, string> = {},
): Promise<Wire> {
  const wire = await Wire.open(portOf(address));
  await wire.send(requestText('GET', target, headers)).until(({ body }) => body.includes(until));
  return wire;
}

async function joinAt(
  address: string,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const { body } = await ask(address, '/push?type=join', headers);
  return JSON.parse(body);
}

/** Sends a command of a session by POST. */
function say(
  address: string,
  joined: Record<string, string>,
  fields: Record<string, unknown>,
): Promise<Answer> {
  const { session, key } = joined;
  const headers = { 'Content-Type': 'application/json' };
  return ask(address, '/push', headers, JSON.stringify({ session, key, ...fields }));
}

/** The times in the events of a stream. */
const timesIn = (text: string) => [...text.matchAll(/"data":\{"time":"([^"]+)"/g)].map(([, time]) => time);

/** Opens a page whose text is a block, at an address of the server's origin. */
async function open(address: string, html: Block | undefined, path: string): Promise<Page> {
  browser ??= await launchChromium();
  const page = await browser.newPage();
  if (html !== undefined) {
    await page.route(`${address}${path}`, (route) =>
      route.fulfill({ contentType: 'text/html', body: html.text }),
    );
  }
  await page.goto(`${address}${path}`);
  return page;
}

describe('README.md', () => {
  const server = block('README.md', 'server.mjs');

  it.skipIf(withoutCurl)('shows a server and the curl line whose answer is as shown', async () => {
    const address = await stage.serve(server);
    const curl = block('README.md', 'curl -N');
    const shown = shapesOfLines(blockAfter(curl).text);
    const line = curl.text.trim().replace('http://localhost:3000', address);
    const output = await type(`${line} -sS`, (text) => shapesOfLines(text).length >= shown.length);
    expect(shapesOfLines(output).slice(0, shown.length)).toEqual(shown);
  });

  it('shows a client that prints them', async () => {
    const address = await stage.serve(server);
    const client = stage.start(block('README.md', 'client.mjs'), address);
    await eventually('an event', () => /^\/system\/clock \{ time: '/m.test(client.output));
  });

  it.skipIf(skipped)('shows a page that gets the events', async () => {
    stage.write(block('README.md', 'public/index.html'));
    const address = await stage.serve(server);
    browser ??= await launchChromium();
    const page = await browser.newPage();
    await page.goto(address);
    await page.waitForFunction(() =>
      /^\d{4}-\d\d-\d\dT/.test(document.getElementById('time')?.textContent ?? ''),
    );
    await page.close();
  });
});

describe('docs/protocol.md', () => {
  it.skipIf(skipped)('shows a page that prints the data alone', async () => {
    const address = await stage.serve(block('README.md', 'server.mjs'));
    const page = await open(address, block('docs/protocol.md', 'watch.html'), '/watch.html');
    const logged = await page.waitForEvent('console');
    expect(await logged.args()[0]?.jsonValue()).toEqual({ time: expect.any(String) });
  });

  it.skipIf(skipped)('shows a page that misses nothing when it is reloaded', async () => {
    const address = await stage.serve(block('README.md', 'server.mjs'));
    const all = await listen(address, '/push?subject=/system', '"data"');
    const page = await open(address, block('docs/protocol.md', 'keep.html'), '/keep.html');
    const told: unknown[] = [];
    page.on('console', async (message) => told.push(await message.args()[0]?.jsonValue()));
    await eventually('two events', () => told.length >= 2);
    await page.goto('about:blank');
    const before = told.length;
    await eventually('events that the page misses', () => timesIn(all.answer.body).length >= before + 5);
    await page.goBack();
    await eventually('what was missed, and more', () => told.length >= before + 6);
    const times = told.map((data) => (data as { time: string }).time);
    const published = timesIn(all.answer.body);
    expect(times).toEqual(published.slice(published.indexOf(times[0] ?? '')).slice(0, times.length));
    all.reset();
  });
});

describe('docs/guides/client.md', () => {
  const guide = 'docs/guides/client.md';

  it('shows a client that prints what it gets, and one whose message is accepted', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const receiver = stage.start(block(guide, 'receive.mjs'), address);
    await eventually('a price', () => /^\/prices\/aex 9\d\d/m.test(receiver.output));
    const sender = stage.start(block(guide, 'send.mjs'), address);
    await eventually('the acceptance', () => sender.output.includes('accepted'));
  });
});

describe('docs/guides/conversation.md', () => {
  const guide = 'docs/guides/conversation.md';

  it('shows a server that answers, hears, and produces while somebody listens, and a client that asks it', async () => {
    const address = await stage.serve(block(guide, 'conversation.mjs'));
    const shown = block(guide, 'asks.mjs');
    const asking = stage.start(shown, address);
    await asking.ended;
    const said = [...shown.text.matchAll(/; \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(asking.output.trim().split('\n')).toEqual(said);
    const ann = { 'X-User': 'ann' };
    const sensor = await listen(address, '/push?subject=/sensors/7', '"n":1', ann);
    sensor.reset();
  });
});

describe('docs/guides/streams.md', () => {
  const guide = 'docs/guides/streams.md';

  it('shows a server that streams an answer, and a reader that gets it twice', async () => {
    const address = await stage.serve(block(guide, 'answers.mjs'));
    const shown = block(guide, 'reads.mjs');
    const reading = stage.start(shown, address);
    await reading.ended;
    const said = [...shown.text.matchAll(/^console\.log.*; \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(reading.output.trim().split('\n')).toEqual(said);
  });
});

describe('docs/guides/custom-server.md', () => {
  const guide = 'docs/guides/custom-server.md';

  it('shows a server over TCP that answers nc as shown', async () => {
    const address = await stage.serve(block(guide, 'tcp-server.mjs'));
    const [command = '', typed = '', ...printed] = block(guide, '$ nc').text.split('\n');
    expect(command).toBe('$ nc localhost 4000');
    const wire = await Wire.open(portOf(address));
    wire.send(`${typed}\n`);
    const shown = shapesOfLines(printed.join('\n'));
    const text = () => wire.bytes.toString('utf8');
    await eventually('an event', () => shapesOfLines(text()).length >= shown.length);
    expect(shapesOfLines(text()).slice(0, shown.length)).toEqual(shown);
    wire.send('no subject\n');
    await eventually('a refusal', () => text().includes('"type":"refused"'));
    wire.reset();
  });

  it('shows a program in which two minutes pass at once, with the output that it says', async () => {
    const shown = block(guide, 'virtual-time.mjs');
    const program = stage.start(shown);
    expect(await program.ended).toBe(0);
    const said = [...shown.text.matchAll(/console\.log\(.*; \/\/ (.*?)(?::.*)?$/gm)].map(([, text]) => text);
    expect(said).toHaveLength(2);
    expect(program.output.trim().split('\n')).toEqual(['[ { aex: 912.4 } ]', '0']);
    expect(said).toEqual(['[ { aex', '0']);
  });
});

describe('docs/guides/express.md', () => {
  const guide = 'docs/guides/express.md';

  it('shows a server that publishes what is ordered', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const stream = await listen(address, '/push?subject=/orders', '"heartbeat"');
    const json = { 'Content-Type': 'application/json' };
    expect((await ask(address, '/orders', json, '{"id":7}')).status).toBe(202);
    await stream.until(({ body }) => body.includes('"data":{"id":7}'));
    stream.reset();
  });

  it('shows hooks that know their users', async () => {
    const address = await stage.serve(block(guide, 'guarded.mjs'));
    const refused = await ask(address, '/push?type=join');
    expect([refused.status, JSON.parse(refused.body).detail]).toEqual([403, 'please sign in']);
    const ada = await joinAt(address, { 'X-Token': 'secret-token' });
    const tried = async (fields: Record<string, string>) => (await say(address, ada, fields)).status;
    expect(await tried({ type: 'subscribe', subject: '/users/ada' })).toBe(200);
    expect(await tried({ type: 'subscribe', subject: '/public/news' })).toBe(200);
    expect(await tried({ type: 'subscribe', subject: '/users/bob' })).toBe(403);
    expect(await tried({ type: 'publish', subject: '/chat/ada', data: 'hi' })).toBe(200);
    expect(await tried({ type: 'publish', subject: '/chat/bob', data: 'hi' })).toBe(403);
  });

  it('shows a server that lets one other origin in, at one name', async () => {
    const address = await stage.serve(block(guide, 'origins.mjs'));
    const joinFrom = (headers: Record<string, string>) => ask(address, '/push?type=join', headers);
    const Host = 'localhost:3000';
    const listed = await joinFrom({ Host, Origin: 'https://app.example' });
    expect([listed.status, valuesOf(listed, 'access-control-allow-origin')]).toEqual([
      200,
      ['https://app.example'],
    ]);
    expect((await joinFrom({ Host, Origin: 'https://other.example' })).status).toBe(403);
    expect((await joinFrom({ Host: 'rebound.example:3000' })).status).toBe(403);
  });

  it('shows a server that takes its path before Express does, behind the middleware that it names', async () => {
    const program = stage.start(block(guide, 'attached.mjs'));
    const address = await program.address();
    const token = { 'X-Token': 'secret-token' };
    expect(await joinAt(address, token)).toMatchObject({ type: 'join-ack' });
    expect((await ask(address, '/push?type=join&format=ndjson')).status).toBe(401);
    expect((await ask(address, '/me', token)).body).toBe('secret-token');
    await silentConnection(address);
    await program.stop('SIGTERM');
    expect(await program.ended).toBe(0);
  });

  it('shows the mount for the original clients beside the modern one', async () => {
    const address = await stage.serve(block(guide, 'classic.mjs'));
    const servlet = '/pushlet/pushlet.srv';
    const stream = await listen(
      address,
      `${servlet}?p_event=join-listen&p_subject=/or&p_format=xml`,
      'p_event="hb"',
    );
    const session = await joinAt(address);
    await say(address, session, { type: 'publish', subject: '/orders/7', data: { text: 'hello' } });
    await stream.until(({ body }) => body.includes('text="hello"'));
    const joined = await ask(address, `${servlet}?p_event=join&p_format=json`);
    const [{ p_id }] = JSON.parse(joined.body);
    const fields = { p_event: 'publish', p_id, p_subject: '/orders/8', text: 'from the old path' };
    await ask(address, `${servlet}?${new URLSearchParams(fields)}`);
    await stream.until(({ body }) => body.includes('text="from the old path"'));
    stream.reset();
  });

  it('shows a server in CommonJS', async () => {
    const address = await stage.serve(block(guide, 'server.cjs'));
    expect(await joinAt(address)).toMatchObject({ type: 'join-ack' });
  });
});

describe('docs/guides/push-server.md', () => {
  const guide = 'docs/guides/push-server.md';

  it('shows a server that streams, serves its app, and ends by itself on SIGTERM', async () => {
    const program = stage.start(block(guide, 'server.mjs'));
    const address = await program.address();
    const stream = await listen(address, '/push?subject=/system', '"data":');
    expect((await ask(address, '/')).body).toBe('the app');
    await silentConnection(address);
    await program.stop('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(stream.answer.body).toContain('"type":"refresh"');
    expect(stream.answer.complete).toBe(true);
  });

  it('shows a server behind a proxy that knows a client on both roads by what the proxy says', async () => {
    const address = await stage.serve(block(guide, 'proxied.mjs'));
    const from = (client: string) => ({
      'X-Forwarded-For': `192.0.2.66, ${client}`,
      'X-Forwarded-Proto': 'https',
    });
    // What is not ASCII is served by the app.
    const inApp = (client: string) => ({ ...from(client), 'X-Name': 'caf\u00e9' });
    const roads = [from, inApp];
    for (const [n, road] of roads.entries()) {
      const joined = await ask(address, '/push?p_event=join&p_format=xml', road('192.0.2.7'));
      expect(valuesOf(joined, 'set-cookie').join()).toContain('; Secure');
      const id = /p_id="([^"]+)"/.exec(joined.body)?.[1];
      const beat = (headers: Record<string, string>) => ask(address, `/push?p_event=hb&p_id=${id}`, headers);
      const other = roads[1 - n] ?? from;
      expect((await beat(other('192.0.2.7'))).body).toContain('hb-ack');
      expect((await beat(other('192.0.2.8'))).body).not.toContain('hb-ack');
    }
  });
});

describe('the JavaScript of the documentation', () => {
  it('passes the type checker of a user who asks for it', () => {
    // What is written for the core alone tells items from gaps by what it published, which no checker follows.
    const tested = [
      'README.md',
      'docs/guides/express.md',
      'docs/guides/push-server.md',
      'docs/guides/tls.md',
    ];
    const programs = tested
      .flatMap(blocksOf)
      // What its program needs is installed for its own test only.
      .filter(({ language, file }) => language === 'js' && file !== undefined && file !== 'session.mjs');
    expect(programs.length).toBeGreaterThan(6);
    const files = programs.map((program, index) => {
      const file = `${index}-${program.file}`;
      return stage.write({ ...program, file });
    });
    const compilerOptions = { allowJs: true, checkJs: true, noEmit: true, skipLibCheck: true, strict: false };
    const settings = { ...compilerOptions, module: 'nodenext', target: 'es2023', types: ['node'] };
    const config = join(stage.folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ compilerOptions: settings, files }));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', config], { encoding: 'utf8' });
    expect(stdout).toBe('');
  }, 60_000);
});
