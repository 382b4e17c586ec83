import { send } from '@cometkit/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { Stage } from '../docs/stage.ts';
import { eventually } from '../support/eventually.ts';
import { Collector } from './collector.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const guide = 'docs/guides/opentelemetry.md';
let stage: Stage;
let collector: Collector;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
beforeEach(async () => {
  stage = new Stage();
  collector = await Collector.start();
});
afterEach(async () => {
  await stage.close();
  await collector.close();
});

describe(guide, () => {
  it('shows a server and a client whose events and figures reach a collector', async () => {
    const server = block(guide, 'server.mjs');
    const often = server.text
      .replaceAll('http://localhost:4318', collector.url)
      .replace(
        'PeriodicExportingMetricReader({ exporter })',
        'PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 200, exportTimeoutMillis: 200 })',
      );
    const address = await stage.serve({ ...server, text: often });
    const client = stage.start(block(guide, 'client.mjs'), address);
    await eventually('the event, printed with its trace', async () => {
      await send(`${address}/orders/7`, { method: 'POST' });
      return /^paid 00-[\da-f]{32}-[\da-f]{16}-01$/m.test(client.output);
    });
    await eventually('the spans', () => collector.spans.length > 1);
    expect(new Set(collector.spans.map(({ name }) => name))).toEqual(new Set(['publish', 'deliver']));
    await eventually('the figures', () =>
      collector.latest('cometkit.events.published').some(({ value }) => (value ?? 0) > 0),
    );
  });
});
