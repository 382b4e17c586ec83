import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { started } from '../cli/kit.ts';
import { eventually } from '../support/eventually.ts';
import { promtoolFaults } from '../support/promtool.ts';
import { skipsService } from '../support/skips-service.ts';
import { Fleet } from './fleet.ts';

// Processes are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const skipped =
  ['redis', 'haproxy', 'prometheus', 'promtool'].filter(skipsService).length > 0 ||
  process.platform === 'win32';

describe.skipIf(skipped)('three nodes behind HAProxy and watched by Prometheus', () => {
  let fleet: Fleet;
  let prometheus: string;

  beforeAll(async () => {
    if (!build()) throw new Error('the packages do not build');
    fleet = await Fleet.start();
    prometheus = await fleet.watch();
  });
  afterAll(() => fleet?.close());

  /** What an expression gives now, by instance. */
  async function query(expression: string): Promise<Map<string, number>> {
    const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await answer.json()) as {
      data: { result: { metric: { instance: string }; value: [number, string] }[] };
    };
    return new Map(data.result.map(({ metric, value }) => [metric.instance, Number(value[1])]));
  }

  const instanceOf = (node: number) => `127.0.0.1:${fleet.nodes[node]?.room}`;
  const countOf = async (expression: string) => (await query(expression)).size;

  it('are sound for the doctor, with nothing in the way', async () => {
    const { ended } = started(['doctor', fleet.url], { NODE_EXTRA_CA_CERTS: fleet.authority });
    const { code, out } = await ended;
    expect([code, out]).toEqual([0, expect.stringMatching(/\nall is well\n$/)]);
    expect(out).not.toMatch(/^BAD/m);
  });

  it('give metrics that promtool accepts', async () => {
    const page = await fetch(`http://${instanceOf(0)}/metrics`);
    expect(promtoolFaults(await page.text())).toBe('');
  });

  it('are in the graph: one that is killed is seen, and seen again when it is back', async () => {
    await eventually('three nodes in Prometheus', async () => (await countOf('cometkit_ready == 1')) === 3);
    await fleet.nodes[1]?.kill();
    await eventually('a node that is gone', async () => (await query('up == 0')).has(instanceOf(1)));
    // The rule would call somebody in a minute.
    await eventually('an alarm that is pending', async () => {
      const pending = await query('ALERTS{alertname="CometKitNodeGone",alertstate="pending"}');
      return pending.has(instanceOf(1));
    });
    await fleet.sees(2);
    await fleet.nodes[1]?.start();
    await eventually('it is back', async () => (await countOf('cometkit_ready == 1')) === 3);
  });

  it('show a node that drains while it still serves', async () => {
    const stopping = fleet.nodes[2]?.stop();
    await eventually('a node that is not ready', async () =>
      (await query('cometkit_ready == 0 and on (instance) up == 1')).has(instanceOf(2)),
    );
    expect(await stopping).toBe(0);
  });
});
