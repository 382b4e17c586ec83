import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { skipsRedis } from '../support/redis.ts';

const script = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'bench-'));
const run = promisify(execFile);

afterAll(() => rmSync(out, { recursive: true }));

function bench(...args: readonly string[]) {
  return run(process.execPath, [script, '--quick', '--out', out, ...args]);
}

function results() {
  return JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
}

describe('a quick run', () => {
  it('writes rows, a page and charts, and ends with a summary', async () => {
    const { stdout } = await bench('--systems', 'raw', '--workloads', 'A');
    expect(stdout.trim().split('\n').at(-1)).toMatch(
      /^bench: \d+ rows, 2 systems, 1 workloads; every event came once/,
    );
    const row = {
      workload: 'A',
      system: 'raw',
      figure: 'CPU per delivery',
      unit: 'µs',
      limit: 'raw',
      ratio: 1,
    };
    expect(results().rows).toContainEqual(expect.objectContaining({ ...row, rounds: 1 }));
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('| raw |');
    expect(readFileSync(join(out, 'a.svg'), 'utf8')).toMatch(/^<svg /);
  }, 60_000);

  it('replaces only the rows that it measured', async () => {
    const before = results();
    await bench('--systems', 'raw-poll', '--workloads', 'C');
    const after = results();
    expect(after.rows).toEqual(expect.arrayContaining(before.rows));
    expect(after.rows.some(({ workload }: { workload: string }) => workload === 'C')).toBe(true);
    expect(after.runs).toHaveLength(2);
  }, 60_000);

  it('measures the own client beside a bare EventSource, every event counted', async () => {
    await bench('--systems', 'client-long-poll', '--workloads', 'L1');
    const rows = results().rows.filter(({ workload }: { workload: string }) => workload === 'L1');
    const systems = new Set(rows.map(({ system }: { system: string }) => system));
    expect([...systems]).toEqual(['eventsource', 'hand-reader', 'client-long-poll']);
    for (const row of rows) {
      expect(row).toMatchObject({ unit: 'MB/s', limit: 'eventsource', ratio: expect.any(Number) });
      expect(row.value).toBeGreaterThan(0);
      expect(row.faults).toBeUndefined();
    }
  }, 120_000);

  it('brings every client of a model back after an outage', async () => {
    await bench('--systems', 'client-model', '--workloads', 'L3');
    const row = { workload: 'L3', system: 'client-model', figure: '0.5 s: p99', unit: 's' };
    expect(results().rows).toContainEqual(expect.objectContaining(row));
  }, 120_000);

  it('keeps all clients that acknowledge grouped, beside bare sockets', async () => {
    await bench('--systems', 'cometkit-http-ndjson', '--workloads', 'P');
    const rows = results().rows.filter(({ workload }: { workload: string }) => workload === 'P');
    const ours = { system: 'cometkit-http-ndjson', rounds: 1 };
    expect(rows).toContainEqual(
      expect.objectContaining({
        ...ours,
        figure: 'CPU per delivery',
        limit: 'raw',
        ratio: expect.any(Number),
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ ...ours, figure: 'grouped at the end', value: 100 }),
    );
    for (const row of rows) expect(row.faults).toBeUndefined();
  }, 120_000);

  it('serves streams over TLS beside bare sockets of TLS', async () => {
    await bench('--systems', 'cometkit-https-sse', '--workloads', 'E');
    const row = { workload: 'E', system: 'cometkit-https-sse', figure: 'CPU per delivery', limit: 'tls' };
    expect(results().rows).toContainEqual(expect.objectContaining({ ...row, ratio: expect.any(Number) }));
  }, 120_000);

  it('measures crowds that resume, storms of joins and subscriptions', async () => {
    await bench('--systems', 'cometkit-http-ndjson', '--workloads', 'R,J,K');
    const system = 'cometkit-http-ndjson';
    const figures = [
      { workload: 'R', figure: 'longest stall of the loop', unit: 'ms' },
      { workload: 'R', figure: 'CPU of the crowd', limit: 'raw-past', ratio: expect.any(Number) },
      { workload: 'J', figure: 'CPU together / one by one', unit: '×' },
      { workload: 'J', figure: 'latency of the others, p99', unit: 'ms' },
      { workload: 'K', figure: 'publish that nobody matches', limit: 'raw-map', ratio: expect.any(Number) },
      { workload: 'K', figure: 'heap of a subscription', limit: 'raw-map', ratio: expect.any(Number) },
    ];
    const { rows } = results();
    for (const row of figures) expect(rows).toContainEqual(expect.objectContaining({ system, ...row }));
    for (const row of rows.filter(({ workload }: { workload: string }) => 'RJK'.includes(workload))) {
      expect(row.value).toBeGreaterThan(0);
      expect(row.faults).toBeUndefined();
    }
  }, 180_000);

  it.skipIf(skipsRedis())(
    'measures nodes over Redis: deliveries, the log, an idle engine, and clients that move',
    async () => {
      await bench('--systems', 'cometkit-redis', '--workloads', 'N');
      const figures = [
        {
          workload: 'N1',
          figure: 'CPU of the nodes per delivery',
          limit: 'one-node',
          ratio: expect.any(Number),
        },
        { workload: 'N1', figure: 'CPU of the engine per event', unit: 'µs' },
        { workload: 'N2', figure: 'deliveries', limit: 'one-node', ratio: expect.any(Number) },
        { workload: 'N3', figure: 'events, in full frames', unit: '1/s' },
        { workload: 'N3', figure: 'events, one in a turn', unit: '1/s' },
        { workload: 'N4', figure: 'commands of a node, no session', unit: '1/s' },
        { workload: 'N5', figure: 'CPU of one resume', unit: 'ms' },
      ];
      const rows = results().rows.filter(({ system }: { system: string }) => system === 'cometkit-redis');
      for (const row of figures) expect(rows).toContainEqual(expect.objectContaining(row));
      for (const row of rows) {
        // An engine may have less to do in a second than its clock can tell.
        if (!row.figure.includes('engine')) expect(row.value).toBeGreaterThan(0);
        expect(row.faults).toBeUndefined();
      }
    },
    180_000,
  );

  it('refuses systems and workloads that do not exist', async () => {
    await expect(bench('--systems', 'nothing')).rejects.toMatchObject({
      code: 2,
      stderr: 'no system "nothing"; --list shows them\n',
    });
    await expect(bench('--systems', 'raw', '--workloads', 'X')).rejects.toMatchObject({ code: 2 });
  });
});
