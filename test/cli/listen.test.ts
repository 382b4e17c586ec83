import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import http from 'node:http';
import { createHub, createNodeHandler } from '@cometkit/node';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { unusedPort } from '../support/unused-port.ts';
import {
  evilServer,
  hazardsIn,
  hostile,
  program,
  type Served,
  serve,
  started,
  Typed,
  type TypedOptions,
  typed,
} from './kit.ts';

// Processes are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let served: Served | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

async function listening(args: readonly string[], options: TypedOptions = {}): Promise<Typed> {
  served ??= await serve();
  return new Typed(['listen', served.url, ...args], options).until('-- open');
}

const ansi = '\u001b[';

describe('listen', () => {
  it('prints events in their order until it is interrupted, then what it comes to', async () => {
    const command = await listening(['/a']);
    served?.hub.publish('/a/1', { n: 1 });
    served?.hub.publish('/b', 'not for it');
    served?.hub.publish('/a', 'two', { name: 'tick' });
    await command.until('"two"');
    expect(await command.stop()).toBe(0);
    const lines = command.out.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} \/a\/1 \{"n":1\}$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} \/a \(tick\) "two"$/),
    ]);
    expect(command.err).toMatch(
      /^-- 2 events, 0 gaps, 0 reconnects in [\d.]+ s; go on where it ended: --since \S+$/m,
    );
  });

  it('prints one line of JSON for each event, and goes on where it ended', async () => {
    served = await serve();
    const { hub, url } = served;
    for (let n = 1; n <= 5; n++) hub.publish('/a', n);
    const first = await typed(['listen', url, '/a', '--json', '--last', '5', '--count', '2', '--quiet']);
    expect([first.code, first.err]).toEqual([0, '']);
    const items = first.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(items.map(({ kind, subject, data }) => [kind, subject, data])).toEqual([
      ['data', '/a', 1],
      ['data', '/a', 2],
    ]);
    const since = ['--since', items[1].cursor];
    const rest = await typed(['listen', url, '/a', '--json', ...since, '-n', '3', '-q']);
    expect(rest.out.match(/"data":\d/g)).toEqual(['"data":3', '"data":4', '"data":5']);
  });

  it('begins with the newest event of each subject', async () => {
    served = await serve();
    for (const subject of ['/a', '/b', '/a']) served.hub.publish(subject, subject);
    const { out } = await typed(['listen', served.url, '--json', '--latest', '-n', '2', '-q']);
    expect(out.match(/"subject":"\/\w"/g)).toEqual(['"subject":"/b"', '"subject":"/a"']);
  });

  it('prints an event once that two of its patterns match', async () => {
    const command = await listening(['/a', '/a/**', '--json', '-n', '2']);
    served?.hub.publish('/a/1', 1);
    served?.hub.publish('/a/2', 2);
    expect(await command.code).toBe(0);
    expect(command.out.match(/"data":\d/g)).toEqual(['"data":1', '"data":2']);
  });

  it.each(['stream', 'long-poll', 'poll', 'web-socket'])('listens over %s', async (transport) => {
    served = await serve({ pollWaitMs: { min: 50, max: 60 }, longPollWaitMs: { min: 0, max: 0 } });
    const command = await listening(['/a', '-t', transport, '-n', '1']);
    served?.hub.publish('/a', 1);
    expect(await command.code).toBe(0);
    expect(command.err).toContain(`-- over ${transport} (first)`);
  });

  it.each(['stream', 'web-socket'])('sends the headers that it is given, over %s', async (transport) => {
    served = await serve({ authorize: { join: ({ request }) => request.header('x-token') === 'secret' } });
    const command = await listening(['-H', 'X-Token: secret', '-t', transport, '-n', '1']);
    served?.hub.publish('/a', 1);
    expect(await command.code).toBe(0);
  });

  it('fails with the code 1 when the server lets nobody in, and says what to do', async () => {
    served = await serve({ authorize: { join: () => false } });
    const { code, out, err } = await typed(['listen', served.url]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^error: .*log in with --header/m);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('fails with the code 1 when the subscription is refused', async () => {
    served = await serve({ authorize: { subscribe: () => false } });
    const { code, err } = await typed(['listen', served.url, '/a']);
    expect(code).toBe(1);
    expect(err).toContain('[cometkit explain not-authorized]');
  });

  it('gives up after --timeout without a connection, with the reason', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}/push`;
    const { code, err } = await typed(['listen', url, '--timeout', '1']);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: no connection for 1 s: .*see that the server runs/m);
  });

  it('follows no redirect, and says where it leads', async () => {
    const server = await disposableServer((_, response) => {
      response.writeHead(302, { location: 'https://elsewhere.example/login' }).end();
    });
    const { code, err } = await typed(['listen', server.url]);
    expect(code).toBe(1);
    expect(err).toContain('redirect to https://elsewhere.example');
    await server.close();
  });

  it('loses nothing when the server breaks every connection', async () => {
    const command = await listening(['/a', '--json', '-n', '3']);
    served?.hub.publish('/a', 1);
    await command.until('"data":1');
    served?.server.closeAllConnections();
    served?.hub.publish('/a', 2);
    await command.until('"data":2');
    served?.hub.publish('/a', 3);
    expect(await command.code).toBe(0);
    expect(command.out.match(/"data":\d/g)).toEqual(['"data":1', '"data":2', '"data":3']);
    expect(command.err).toMatch(/trying again in \d/);
  });

  it('prints a gap in its place when the server has begun a new life', async () => {
    const command = await listening(['/a']);
    served?.hub.publish('/a', 1);
    await command.until(' 1\n');
    const { port, close } = served as Served;
    served = undefined;
    await close();
    const hub = createHub();
    const handler = createNodeHandler(hub, { path: '/push' });
    const next = http.createServer(handler);
    await new Promise<void>((resolve) => next.listen(port, '127.0.0.1', resolve));
    await command.until('-- gap: events are missing here (epoch)');
    hub.publish('/a', 2);
    await command.until(' 2\n');
    await command.stop();
    expect(command.err).toMatch(/2 events, 1 gap, \d+ reconnect/);
    await handler.close();
    next.close();
  });
});

describe('colours', () => {
  const colourful = async (options: TypedOptions) => {
    const command = await listening(['/a', '-n', '1'], options);
    served?.hub.publish('/a', 1);
    await command.code;
    return command.out.includes(ansi);
  };

  it('are shown on a terminal only, and not where NO_COLOR is set', async () => {
    expect(await colourful({ tty: true })).toBe(true);
    expect(await colourful({ tty: false })).toBe(false);
    expect(await colourful({ tty: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await colourful({ tty: true, env: { TERM: 'dumb' } })).toBe(false);
  });
});

describe('what a server sends', () => {
  it.each([[[]], [['--json']]])(
    'cannot give orders to the terminal by events, printed with %j',
    async (args) => {
      served = await serve();
      const evil = await evilServer(served.url);
      const command = await new Typed(['listen', evil.url, '-n', '2', ...args]).until('-- open');
      served.hub.publish('/EVIL', { EVIL: ['EVIL'] });
      served.hub.publish('/a', 1, { name: 'EVIL' });
      expect(await command.code).toBe(0);
      expect(hazardsIn(command.out + command.err)).toEqual([]);
      expect(command.out).toContain('\\u001b[2J');
      evil.server.closeAllConnections();
      await evil.close();
    },
  );

  it('cannot give orders to the terminal by refusals, statuses and redirects', async () => {
    const report = JSON.stringify({ type: 'x/errors.md#y', status: 403, detail: hostile, code: hostile });
    const listeners: http.RequestListener[] = [
      (_, response) => response.writeHead(403, { 'content-type': 'application/problem+json' }).end(report),
      (_, response) => response.writeHead(302, { location: 'http://x.example/%1b[2J\u009b31m' }).end(),
      (_, response) => response.end(`{"type":"join-ack","session":${JSON.stringify(hostile)},"key":"k"}\n`),
    ];
    for (const listener of listeners) {
      const server = await disposableServer(listener);
      const { out, err } = await typed(['listen', server.url, '--timeout', '2']);
      expect(hazardsIn(out + err)).toEqual([]);
      expect(err).not.toBe('');
      server.server.closeAllConnections();
      await server.close();
    }
  });
});

describe('the program listen', () => {
  beforeAll(() => {
    if (!build()) throw new Error('the packages do not build');
  });

  it('ends with the code 0 and a summary on SIGINT', async () => {
    served = await serve();
    const { child, ended, printed } = started(['listen', served.url, '/a']);
    await eventually('it is open', () => printed().includes('-- open'), 60_000);
    served.hub.publish('/a', 1);
    await eventually('the event', () => printed().includes(' 1\n'));
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect(code).toBe(0);
    expect(err).toContain('-- 1 event, ');
  });

  it('ends with the code 0 when its reader goes away', async () => {
    served = await serve();
    const { child, ended, printed } = started(['listen', served.url, '/a']);
    await eventually('it is open', () => printed().includes('-- open'), 60_000);
    child.stdout?.destroy();
    const events = setInterval(() => served?.hub.publish('/a', 'x'.repeat(1000)), 20);
    const { code, err } = await ended;
    clearInterval(events);
    expect(code).toBe(0);
    expect(err).not.toContain('EPIPE');
  });

  it.skipIf(!existsSync('/dev/full'))('ends with the code 1 when what it prints cannot be kept', () => {
    const disk = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [program, 'explain'], {
      stdio: ['ignore', disk, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(disk);
    expect([status, stderr]).toEqual([1, 'error: the results cannot be written (ENOSPC)\n']);
  });
});
