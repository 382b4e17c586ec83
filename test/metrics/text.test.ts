import parse from 'parse-prometheus-text-format';
import { describe, expect, it } from 'vitest';
import { negotiate } from '../../packages/metrics/src/negotiate.ts';
import { promtoolFaults, skipsPromtool } from '../support/promtool.ts';
import { livelyText } from './kit.ts';

const open = 'application/openmetrics-text';

describe('the text of Prometheus', () => {
  it('is read by a parser of the format, each family with help, a type and samples', async () => {
    const families = parse(await livelyText());
    expect(families.length).toBeGreaterThan(25);
    for (const { name, help, type, metrics } of families) {
      expect(name).toMatch(/^cometkit_[a-z_]+$/);
      expect(help).toMatch(/^[A-Z].*\.$/);
      expect(metrics.length, name).toBeGreaterThan(0);
      if (type === 'COUNTER') expect(name).toMatch(/_total$/);
      else expect(name).not.toMatch(/_total$/);
    }
  });

  it('says the same after a label was given that has to be escaped', async () => {
    const hub = 'a "b" \\ c\nd é';
    const families = parse(await livelyText(undefined, { labels: { hub } }));
    // This parser forgets the labels of histograms.
    const plain = families.filter(({ type }) => type !== 'HISTOGRAM').flatMap(({ metrics }) => metrics);
    expect(new Set(plain.map(({ labels }) => labels?.['hub']))).toEqual(new Set([hub]));
  });

  it.skipIf(skipsPromtool())('has nothing that promtool finds fault with', async () => {
    expect(promtoolFaults(await livelyText())).toBe('');
    expect(promtoolFaults('bad{ 1')).toContain('exit');
  });

  it('counts up in the buckets of a histogram, to the count of all', async () => {
    const text = await livelyText();
    const counts = [
      ...text.matchAll(/^cometkit_hook_duration_seconds_bucket\{hook="join",.*\} (\d+)$/gm),
    ].map(([, count]) => Number(count));
    expect(counts).toEqual([...counts].sort((left, right) => left - right));
    expect(text).toContain(`cometkit_hook_duration_seconds_count{hook="join"} ${counts.at(-1)}\n`);
    expect(text).toContain('cometkit_hook_duration_seconds_bucket{hook="join",le="+Inf"} 1\n');
  });
});

describe('the text of OpenMetrics', () => {
  it('names counters without _total in their heads and with it in their samples, and ends with EOF', async () => {
    const text = await livelyText(open);
    expect(text).toContain('# TYPE cometkit_events_published counter\n');
    expect(text).toContain('\ncometkit_events_published_total 1\n');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
  });

  it('has a unit only where it ends the name, and whole bounds with a point', async () => {
    const text = await livelyText(open);
    const units = [...text.matchAll(/^# UNIT (\S+) (\S+)$/gm)];
    expect(units.length).toBeGreaterThan(4);
    for (const [, name, unit] of units) expect(name).toMatch(new RegExp(`_${unit}$`));
    expect(text).toContain('le="1.0"');
    expect(text).not.toMatch(/le="\d+"/);
  });

  it('has all samples of a family together, under a head of its own', async () => {
    const lines = (await livelyText(open)).split('\n').filter((line) => line !== '' && line !== '# EOF');
    let family = '';
    const seen = new Set<string>();
    for (const line of lines) {
      const head = /^# HELP (\S+) /.exec(line)?.[1];
      if (head === undefined)
        expect(line.replace(/^# \w+ /, '')).toMatch(new RegExp(`^${family}(?:_|\\{| )`));
      else {
        expect(seen).not.toContain(head);
        seen.add(head);
        family = head;
      }
    }
  });
});

describe('the format of an answer', () => {
  it.each([
    [undefined, 'prometheus'],
    ['', 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus'],
    [`${open}`, 'openmetrics'],
    [`${open};version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`, 'openmetrics'],
    // Prometheus 2.42 and 3.
    [
      `${open};version=1.0.0,${open};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'openmetrics',
    ],
    [
      `${open};version=1.0.0;escaping=allow-utf-8;q=0.5,${open};version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,*/*;q=0.1`,
      'openmetrics',
    ],
    [`text/plain;q=0.9,${open};q=0.5`, 'prometheus'],
    [`${open};q=0,text/plain`, 'prometheus'],
    [`${open};q=0`, 'prometheus'],
    [`${open};version=2.0.0`, 'prometheus'],
    [`${open};q=nonsense`, 'prometheus'],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
      'prometheus',
    ],
    [`TEXT/PLAIN;Q=0.2, ${open.toUpperCase()};Q=0.3`, 'openmetrics'],
  ])('asked with Accept: %s is %s', (accept, expected) => {
    expect(negotiate(accept)).toBe(expected);
  });
});
