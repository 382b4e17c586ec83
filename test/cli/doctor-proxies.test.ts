import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { type ProxyProgram, proxies } from '../proxies/programs.ts';
import { Stand, skipsProxy } from '../proxies/stand.ts';
import { started } from './kit.ts';

// Programs are started here and quiet connections watched, on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A line of the example file that somebody has spoiled, and what the doctor has to find. */
interface Fault {
  readonly from: string | RegExp;
  readonly to: string;
  readonly finds: string;
}

const faults: Readonly<Record<string, Fault>> = {
  'nginx.conf': {
    from: 'proxy_buffering off;',
    to: 'proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;',
    finds: 'buffering',
  },
  'haproxy.cfg': { from: /timeout server \d+s/, to: 'timeout server 500ms', finds: 'idle' },
  'apache.conf': { from: '<VirtualHost', to: 'LimitRequestFieldSize 2048\n<VirtualHost', finds: 'header' },
  Caddyfile: {
    from: 'reverse_proxy',
    to: 'request_body {\n\t\tmax_size 8KB\n\t}\n\treverse_proxy',
    finds: 'body',
  },
  'varnish.vcl': { from: /_timeout = \d+s/g, to: '_timeout = 0.5s', finds: 'idle' },
};

/** The same proxy with a fault in its file. */
function spoiled(program: ProxyProgram, { from, to }: Fault): ProxyProgram {
  return {
    ...program,
    prepare(place) {
      const args = program.prepare(place);
      const file = join(place.folder, program.file);
      const text = readFileSync(file, 'utf8');
      const changed = text.replace(from, to);
      if (changed === text) throw new Error(`${program.file} has nothing like ${from} any more`);
      writeFileSync(file, changed);
      return args;
    },
  };
}

interface Report {
  readonly well: boolean;
  readonly proxies: readonly string[];
  readonly findings: readonly { verdict: string; text: string; remedy?: string }[];
  readonly changes: readonly Readonly<Record<string, string>>[];
}

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
});

describe.each(proxies)('doctor, with $file in between', (program) => {
  const skipped = skipsProxy(program);
  let stand: Stand | undefined;
  afterEach(async () => {
    await stand?.close();
    stand = undefined;
  });

  async function examined(tried: ProxyProgram): Promise<Report & { code: number | null }> {
    stand = await Stand.start(tried);
    const { ended } = started(['doctor', `${stand.url}/push`, '--json'], {
      NODE_EXTRA_CA_CERTS: stand.authority,
    });
    const { code, out, err } = await ended;
    expect(err).toBe('');
    return { code, ...JSON.parse(out) };
  }

  it.skipIf(skipped)('finds the example well', async () => {
    const { code, well, findings } = await examined(program);
    expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([]);
    expect([code, well]).toEqual([0, true]);
  });

  it.skipIf(skipped)('finds what is wrong, and the line to change', async () => {
    const fault = faults[program.file];
    if (fault === undefined) throw new Error(`${program.file} has no fault`);
    const { code, findings, changes } = await examined(spoiled(program, fault));
    const bad = findings.filter(({ verdict }) => verdict === 'bad');
    expect([code, [...new Set(bad.map(({ remedy }) => remedy))]]).toEqual([1, [fault.finds]]);
    expect(changes.map(({ remedy }) => remedy)).toContain(fault.finds);
  });
});
