import type http from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { type Nginx, skipsNginx, startNginx } from '../support/nginx.ts';
import { hazardsIn, hostile, type Served, serve, typed } from './kit.ts';

// Proxies are started here and quiet connections watched, on a machine that others may be using.
vi.setConfig({ testTimeout: 120_000 });

interface Report {
  readonly well: boolean;
  readonly proxies: readonly string[];
  readonly transport: string | null;
  readonly findings: readonly { check: string; verdict: string; text: string; remedy?: string }[];
  readonly changes: readonly Record<string, string>[];
}

// So that a quiet connection need not be watched for long; a second is what nginx can be told.
const quick = { modernHeartbeatMs: 2500 };
let served: Served | undefined;
let nginx: Nginx | undefined;
let fake: DisposableServer | undefined;
afterEach(async () => {
  await nginx?.close();
  await served?.close();
  await fake?.close();
  nginx = undefined;
  served = undefined;
  fake = undefined;
});

async function examined(url: string, ...args: string[]): Promise<Report & { code: number | null }> {
  const { code, out, err } = await typed(['doctor', url, '--json', ...args]);
  expect(err).toBe('');
  return { code, ...JSON.parse(out) };
}

/** What is bad, by check and remedy. */
function badOf({ findings }: Report): string[] {
  const bad = findings.filter(({ verdict }) => verdict === 'bad');
  return bad.map(({ check, remedy }) => (remedy === undefined ? check : `${check}: ${remedy}`)).sort();
}

const verdictOf = ({ findings }: Report, check: string) =>
  findings.find((finding) => finding.check === check)?.verdict;

describe('doctor, with nothing in between', () => {
  it('finds all well, leaves no session behind, and ends with the code 0', async () => {
    served = await serve(quick);
    const report = await examined(served.url);
    expect(badOf(report)).toEqual([]);
    expect([report.code, report.well, report.transport, report.proxies]).toEqual([0, true, 'stream', []]);
    const checks = report.findings.map(({ check, verdict }) => [check, verdict]).sort();
    expect(checks).toEqual(
      [
        'cache',
        'event-source',
        'limits',
        'long-poll',
        'repeats',
        'server',
        'silence',
        'stream',
        'web-socket',
      ].map((check) => [check, 'ok']),
    );
    const { hub } = served;
    await eventually('no session is left', () => hub.stats().sessions === 0);
  });

  it('says all of it in lines for people', async () => {
    served = await serve(quick);
    const { code, out } = await typed(['doctor', served.url]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +server +CometKit answers in \d+ ms, over HTTP\/1\.1$/m);
    expect(out.trimEnd().split('\n').slice(-3)).toEqual([
      'in front: nothing that shows itself',
      'use the default of the client: a stream',
      'all is well',
    ]);
  });

  it('says that there is no WebSocket, and finds the rest well', async () => {
    served = await serve(quick, false);
    const report = await examined(served.url);
    expect([report.code, verdictOf(report, 'web-socket')]).toEqual([0, 'note']);
  });

  it('does not know what it had no patience for', async () => {
    served = await serve({ modernHeartbeatMs: 10_000 });
    const report = await examined(served.url, '--patience', '1');
    expect([verdictOf(report, 'silence'), verdictOf(report, 'long-poll')]).toEqual(['unknown', 'unknown']);
    expect(report.code).toBe(0);
  });
});

describe('doctor, where CometKit does not answer', () => {
  it('says that nothing listens', async () => {
    const { code, out } = await typed(['doctor', 'http://127.0.0.1:1/push']);
    expect(code).toBe(1);
    expect(out).toMatch(/^BAD +server +nothing listens there/m);
  });

  it('says that it is something else', async () => {
    fake = await disposableServer((_, response) => response.writeHead(404).end('not here'));
    const report = await examined(fake.url);
    expect([report.code, report.transport, badOf(report)]).toEqual([1, null, ['server']]);
    expect(report.findings[0]?.text).toContain(
      'no CometKit answers there but something else, with the status 404',
    );
  });

  it('says where a redirect leads', async () => {
    fake = await disposableServer((_, response) => {
      response.writeHead(301, { location: 'https://elsewhere.example/push' }).end();
    });
    const report = await examined(fake.url);
    expect(report.findings[0]?.text).toContain('leads on to https://elsewhere.example/push');
  });

  it('says that it lets nobody in, and that a header may help', async () => {
    served = await serve({
      ...quick,
      authorize: { join: ({ request }) => request.header('x-token') === '1' },
    });
    const report = await examined(served.url);
    expect(report.findings[0]?.text).toContain('lets nobody in (not-authorized): log in with --header');
    expect((await examined(served.url, '-H', 'x-token: 1')).code).toBe(0);
  });

  it('gives no orders to the terminal in the words of a server', async () => {
    const latin = 'nginx \u009b31m';
    const listeners: http.RequestListener[] = [
      (_, response) => response.writeHead(200, { 'content-type': latin, server: latin }).end(hostile),
      (_, response) => response.writeHead(302, { location: latin }).end(),
      (_, response) =>
        response.end(JSON.stringify({ type: 'x/errors.md#y', code: hostile, detail: hostile })),
    ];
    for (const listener of listeners) {
      const server = await disposableServer(listener);
      for (const args of [[], ['--json']]) {
        const { code, out, err } = await typed(['doctor', server.url, ...args]);
        expect(code).toBe(1);
        expect(hazardsIn(out + err)).toEqual([]);
      }
      await server.close();
    }
  });

  it('ends with a server that never ends', async () => {
    fake = await disposableServer((_, response) => {
      const endless = setInterval(() => response.write('x'.repeat(60_000)), 1);
      response.on('close', () => clearInterval(endless));
    });
    expect((await examined(fake.url)).code).toBe(1);
  });
});

const passOn = 'proxy_pass http://UPSTREAM; proxy_set_header Host $http_host;';
const modern = `${passOn} proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";`;
const location = (lines: string) => `location /push { ${lines} }`;

describe.skipIf(skipsNginx())('doctor, with nginx in between', () => {
  async function behind(
    lines: string,
    httpLines = '',
    options = quick,
  ): Promise<Report & { code: number | null }> {
    served = await serve(options);
    nginx = await startNginx(served.port, lines, httpLines);
    return examined(`${nginx.address}/push`);
  }

  it('finds a good configuration well', async () => {
    const report = await behind(location(modern));
    expect(badOf(report)).toEqual([]);
    expect([report.code, report.transport, report.proxies]).toEqual([0, 'stream', ['nginx']]);
    expect(verdictOf(report, 'web-socket')).toBe('ok');
  });

  it('finds buffering harmless where nginx heeds X-Accel-Buffering', async () => {
    const report = await behind(location(`${modern} proxy_buffering on;`));
    expect(badOf(report)).toEqual([]);
  });

  it('finds that streams are held back, and has long polls used', async () => {
    const report = await behind(
      location(`${passOn} proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;`),
    );
    expect(badOf(report)).toEqual(['event-source: buffering', 'stream: buffering']);
    expect([report.code, report.transport]).toEqual([1, 'long-poll']);
    expect(report.changes).toContainEqual({
      remedy: 'buffering',
      nginx: expect.stringContaining('proxy_buffering off;'),
    });
  });

  it('finds that HTTP/1.0 to the server passes no WebSocket', async () => {
    const report = await behind(location(passOn));
    expect([report.code, verdictOf(report, 'web-socket'), verdictOf(report, 'stream')]).toEqual([
      0,
      'note',
      'ok',
    ]);
    expect(report.changes).toContainEqual({
      remedy: 'upgrade',
      nginx: expect.stringContaining('proxy_http_version 1.1;'),
    });
  });

  it('finds that streams are compressed', async () => {
    const report = await behind(location(modern), 'gzip on; gzip_types *; gzip_min_length 1;');
    expect(badOf(report)).toEqual(['compression: compression']);
    expect(report.changes).toEqual([{ remedy: 'compression', nginx: expect.stringContaining('gzip off;') }]);
  });

  it('finds a time-out that is shorter than the silence of the server', async () => {
    const report = await behind(location(`${modern} proxy_read_timeout 2s;`), '', {
      modernHeartbeatMs: 5000,
    });
    expect(badOf(report)).toEqual(['long-poll: idle', 'silence: idle', 'web-socket: idle']);
    expect(report.changes).toEqual([
      { remedy: 'idle', nginx: expect.stringContaining('proxy_read_timeout') },
    ]);
    expect(report.transport).toBe('poll');
  });

  it('finds a limit of bodies, and one of headers', async () => {
    const body = await behind(location(`${modern} client_max_body_size 8k;`));
    expect(badOf(body)).toEqual(['limits: body']);
    await nginx?.close();
    await served?.close();
    const headers = await behind(`large_client_header_buffers 2 2k; ${location(modern)}`);
    expect(badOf(headers)).toEqual(['limits: header', 'limits: header']);
  });

  it('finds that the host is not passed on', async () => {
    const report = await behind(location('proxy_pass http://UPSTREAM;'));
    expect(badOf(report)).toEqual(['host: host']);
  });

  it('finds that answers are kept for others', async () => {
    const cache = `proxy_cache kept; proxy_cache_valid 200 1m; proxy_cache_key $uri$arg_type;
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Buffering;`;
    const report = await behind(location(modern + cache), 'proxy_cache_path cache keys_zone=kept:1m;');
    expect(badOf(report)).toContain('cache: cache');
  });

  it('finds that requests are sent again', async () => {
    served = await serve(quick);
    const one = `127.0.0.1:${served.port}`;
    const upstream = `upstream twice { server ${one} max_fails=0; server ${one} max_fails=0; }`;
    const lines = modern.replace('UPSTREAM', 'twice');
    nginx = await startNginx(served.port, location(`${lines} proxy_read_timeout 1s;`), upstream);
    expect(badOf(await examined(`${nginx.address}/push`))).toContain('repeats: repeats');
  });
});
