import { createMetrics } from '@cometkit/metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Latencies } from '../../packages/cli/src/commands/latencies.ts';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { unusedPort } from '../support/unused-port.ts';
import { hazardsIn, type Served, serve, Typed, typed } from './kit.ts';

vi.setConfig({ testTimeout: 60_000 });

let served: Served | undefined;
let other: DisposableServer | undefined;
afterEach(async () => {
  await other?.close();
  await served?.close();
  other = undefined;
  served = undefined;
});

describe('bench', () => {
  it('measures what it publishes itself', async () => {
    served = await serve();
    const args = ['--clients', '3', '--seconds', '1', '--rate', '20', '--json'];
    const { code, out, err } = await typed(['bench', served.url, ...args]);
    expect([code, err]).toEqual([0, '-- 3 of 3 clients are open\n']);
    const figures = JSON.parse(out);
    expect(figures).toMatchObject({ clients: 3, gaps: 0, how: 'publish to arrival' });
    expect(figures.events).toBeGreaterThan(0);
    expect(figures.events % 3).toBe(0);
    expect(figures.p50Ms).toBeGreaterThan(0);
    expect(figures.maxMs).toBeGreaterThanOrEqual(figures.p50Ms);
    expect(served.hub.stats().sessions).toBe(0);
  });

  it('measures what comes where it may not publish', async () => {
    served = await serve({ authorize: { publish: () => false } });
    const events = setInterval(() => served?.hub.publish('/a', 1), 20);
    const { code, out } = await typed(['bench', served.url, '-c', '2', '-s', '1', '--subject', '/a']);
    clearInterval(events);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+ events at 2 clients: .*later than the quickest/);
  });

  it('fails where nothing happens, and says what to do', async () => {
    served = await serve({ authorize: { publish: () => false } });
    const { code, err } = await typed(['bench', served.url, '-c', '1', '-s', '1']);
    expect(code).toBe(1);
    expect(err).toContain('clients may not publish there; name a --subject');
  });

  it('fails where nobody is let in', async () => {
    served = await serve({ authorize: { join: () => false } });
    const { code, err } = await typed(['bench', served.url, '-c', '2', '-s', '1']);
    expect([code, err]).toEqual([1, expect.stringContaining('error: no client was let in:')]);
  });
});

describe('bench that is interrupted', () => {
  it('says what it has measured until then', async () => {
    served = await serve();
    const command = new Typed(['bench', served.url, '-c', '2', '-s', '60', '-r', '100']);
    await command.until('clients are open');
    // What was published a fifth of a second ago has been measured by now.
    await eventually('some events', () => (served?.hub.stats().taken ?? 0) > 20);
    expect(await command.stop()).toBe(0);
    expect(command.out).toMatch(/^\d+ events at 2 clients: /);
  });

  const nothing = /^error: interrupted before anything was measured$/m;

  it('before a client is open has nothing to say but that', async () => {
    const join = vi.fn(() => new Promise<boolean>(() => undefined));
    served = await serve({ authorize: { join } });
    const command = new Typed(['bench', served.url, '-c', '1', '-s', '60']);
    await eventually('a join', () => join.mock.calls.length > 0);
    expect(await command.stop()).toBe(1);
    expect(command.err).toMatch(nothing);
  });

  it('before an event came has nothing to say but that', async () => {
    served = await serve({ authorize: { publish: () => false } });
    const command = new Typed(['bench', served.url, '-c', '1', '-s', '60']);
    await command.until('clients are open');
    expect(await command.stop()).toBe(1);
    expect(command.err).toMatch(nothing);
  });
});

describe('latencies', () => {
  it('are told by their median, the 99th percentile and the longest', () => {
    const latencies = new Latencies();
    for (let ms = 1; ms <= 100; ms++) latencies.add(ms);
    expect(latencies.figures()).toEqual({ p50: 50, p99: 99, max: 100 });
    expect(latencies.figures(latencies.least)).toEqual({ p50: 49, p99: 98, max: 99 });
  });
});

describe('inspect', () => {
  it('shows the figures of a server once', async () => {
    served = await serve();
    other = await disposableServer(createMetrics(served.hub), '/metrics');
    served.hub.publish('/a', 1);
    const { code, out } = await typed(['inspect', other.url]);
    expect(code).toBe(0);
    expect(out).toMatch(/^events_published_total +1\b/m);
    expect(out).toMatch(/^sessions_limit +20,000\b/m);
    expect(out).not.toContain('_bucket');
  });

  it('shows them anew each second on a terminal, with rates, until it is interrupted', async () => {
    served = await serve();
    other = await disposableServer(createMetrics(served.hub), '/metrics');
    const command = new Typed(['inspect', other.url], { tty: true });
    await command.until(/events_published_total +0 +0\/s/);
    served.hub.publish('/a', 1);
    await command.until(/events_published_total +1 +\S+\/s/);
    expect(await command.stop()).toBe(0);
  });

  it('fails at once where nobody listens, and says so', async () => {
    const { code, err } = await typed(['inspect', `http://127.0.0.1:${await unusedPort()}/metrics`]);
    expect([code, err]).toEqual([
      1,
      'error: nothing listens there: see that the server runs, and on which port\n',
    ]);
  });

  it('fails where there are no figures', async () => {
    served = await serve();
    const { code, err } = await typed(['inspect', served.url]);
    expect([code, err]).toEqual([
      1,
      'error: the answer has the status 400: give the address of the metrics\n',
    ]);
    other = await disposableServer((_, response) => response.end('hello'));
    expect((await typed(['inspect', other.url])).err).toContain('no figures of CometKit are there');
    expect((await typed(['inspect', 'http://127.0.0.1:1/metrics'])).code).toBe(1);
  });

  it('shows a page that gives orders to the terminal as it is', async () => {
    other = await disposableServer((_, response) =>
      response.end('cometkit_a{b="\u001b[2J\u009b31m"} 1\ncometkit_c{d="\u202e"} 2\n'),
    );
    const { out } = await typed(['inspect', other.url]);
    expect(out).toContain('\\u001b');
    expect(hazardsIn(out)).toEqual([]);
  });
});
