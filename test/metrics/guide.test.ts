import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createHub } from '@cometkit/handler';
import { openStream, send } from '@cometkit/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { collect } from '../../packages/metrics/src/collect.ts';
import { sampleName } from '../../packages/metrics/src/text.ts';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { Stage } from '../docs/stage.ts';
import { eventually } from '../support/eventually.ts';
import { promtool, skipsPromtool } from '../support/promtool.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/metrics.md';
const text = readFileSync(fileURLToPath(new URL(`../../${guide}`, import.meta.url)), 'utf8');
const withoutPromtool = skipsPromtool();
let stage: Stage;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

/** Rows of the table: the first four cells, without code marks. */
function rows(): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| `cometkit_'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, 5)
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
}

/** The same of what a hub really gives. */
function real(): string[][] {
  const hub = createHub();
  const families = collect(hub).map((family) => {
    const labels = [...new Set(family.samples.flatMap((sample) => Object.keys(sample.labels)))];
    const own = labels.filter((label) => label !== 'le').map((label) => valuesOf(family.samples, label));
    return [sampleName(family), family.type, family.unit ?? '', own.join('; ')];
  });
  hub.close();
  return families;
}

// Codes of errors are listed elsewhere.
function valuesOf(samples: readonly { labels: Readonly<Record<string, string>> }[], label: string): string {
  if (label === 'code') return label;
  return `${label}: ${[...new Set(samples.map(({ labels }) => labels[label]))].join(', ')}`;
}

describe(guide, () => {
  it('lists every metric with its type, unit and labels, in the order of the page', () => {
    expect(rows()).toEqual(real());
  });

  it('shows a server whose metrics can be read', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    expect((await send(`${address}/metrics`)).body).toContain('\ncometkit_sessions_limit 20000\n');
  });

  it('shows a registry that gives the metrics of the hub among its own', async () => {
    const address = await stage.serve(block(guide, 'registry.mjs'));
    const { body } = await send(`${address}/`);
    expect(body).toContain('\norders_total 1\n');
    expect(body).toContain('\ncometkit_events_published_total 0\n');
  });

  it('shows a tool that is told what happens without a line in the server', async () => {
    const tool = stage.write(block(guide, 'tool.mjs'));
    const server = block(guide, 'server.mjs');
    const program = stage.start({ ...server, text: `import './${tool}';\n${server.text}` });
    const stream = await openStream(`${await program.address()}/push?subject=/system`);
    await eventually('what the tool prints', () => /^opened: \S+ of nobody$/m.test(program.output));
    stream.close();
  });

  it.skipIf(withoutPromtool)('shows a configuration and rules that promtool accepts', () => {
    for (const [what, file] of [
      ['config', 'prometheus.yml'],
      ['rules', 'alerts.yml'],
    ] as const) {
      stage.write({ ...block(guide, file), file });
      const { status, stdout, stderr } = spawnSync(promtool, ['check', what, file], {
        cwd: stage.folder,
        encoding: 'utf8',
      });
      expect(`${status} ${status === 0 ? '' : stdout + stderr}`).toBe('0 ');
    }
  });

  it('names in its rules only metrics and labels that are there', () => {
    const known = new Set(real().map(([name]) => name));
    const named = [...block(guide, 'alerts.yml').text.matchAll(/cometkit_[a-z_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
