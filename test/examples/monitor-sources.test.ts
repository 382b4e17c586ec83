import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startSources } from '../../examples/monitor/schedule.mjs';
import { hotplug } from '../../examples/monitor/sources/hotplug.mjs';
import { createSources } from '../../examples/monitor/sources/index.mjs';
import { sensors } from '../../examples/monitor/sources/sensors.mjs';

interface Reading {
  readonly subject: string;
  // biome-ignore lint/suspicious/noExplicitAny: every source has a shape of its own
  readonly data: any;
}

async function readAll(source: { read(): unknown }): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const reading of source.read() as AsyncIterable<Reading>) readings.push(reading);
  return readings;
}

describe('the sources', () => {
  it('give JSON, and say so where the system exposes nothing', async () => {
    const sources = createSources(() => ({ sessions: 0 }));
    const readings = (await Promise.all(sources.map(readAll))).flat();
    expect(readings.map((reading) => reading.subject)).toHaveLength(8);
    for (const { subject, data } of readings) {
      expect(JSON.parse(JSON.stringify(data)), subject).toEqual(data);
      if (data.exposed === false) expect(data.reason, subject).toEqual(expect.any(String));
    }
  });

  it('are read again after a failure, and never twice at once', async () => {
    const published: unknown[] = [];
    let turns = 0;
    let reading = 0;
    const source = {
      everyMs: 1,
      async *read() {
        turns += 1;
        reading += 1;
        expect(reading).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 3));
        reading -= 1;
        if (turns === 1) throw new Error('not there yet (this line is part of a test)');
        yield { subject: '/x', data: turns };
      },
    };
    const stop = startSources([source], (_subject: string, data: unknown) => published.push(data));
    await expect.poll(() => published.length).toBeGreaterThan(2);
    stop();
    expect(published.slice(0, 2)).toEqual([2, 3]);
  });
});

describe('the hot-plug source', () => {
  const disk = { kind: 'block', name: 'sdb', state: '8 GB' };
  const looks = [[], [disk], [{ ...disk, state: 'no medium' }], []];

  it('tells what appeared, changed and vanished, but not what was there at first', async () => {
    const source = hotplug(async () => new Map((looks.shift() ?? []).map((device) => ['block/sdb', device])));
    const told = [await readAll(source), await readAll(source), await readAll(source), await readAll(source)];
    expect(told.map((readings) => readings.map(({ subject, data }) => [subject, data.change]))).toEqual([
      [],
      [['/hotplug/block/sdb', 'appeared']],
      [['/hotplug/block/sdb', 'changed']],
      [['/hotplug/block/sdb', 'vanished']],
    ]);
  });
});

describe('the sensor source', () => {
  const folders: string[] = [];

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function systemWith(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'sensors-'));
    folders.push(root);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `${text}\n`);
    }
    return root;
  }

  it('reads temperatures, voltages and fans in their units', async () => {
    const root = systemWith({
      'hwmon/hwmon0/name': 'nct6775',
      'hwmon/hwmon0/temp1_input': '41500',
      'hwmon/hwmon0/temp1_label': 'CPU',
      'hwmon/hwmon0/in0_input': '1104',
      'hwmon/hwmon0/in0_alarm': '0',
      'hwmon/hwmon0/fan2_input': '930',
      'hwmon/hwmon0/humidity1_input': '40000',
      'thermal/thermal_zone0/type': 'acpitz',
      'thermal/thermal_zone0/temp': '27800',
    });
    const [reading] = await readAll(sensors(root));
    expect(reading?.data).toEqual({
      exposed: true,
      readings: [
        { name: 'nct6775 fan2', kind: 'fan', unit: 'rpm', value: 930 },
        { name: 'nct6775 in0', kind: 'voltage', unit: 'V', value: 1.104 },
        { name: 'nct6775 CPU', kind: 'temperature', unit: '°C', value: 41.5 },
        { name: 'acpitz', kind: 'temperature', unit: '°C', value: 27.8 },
      ],
    });
  });

  it('passes over a sensor that is switched off, and says when there is none at all', async () => {
    const root = systemWith({ 'hwmon/hwmon0/name': 'x', 'hwmon/hwmon0/temp1_input': '' });
    const [reading] = await readAll(sensors(root));
    expect(reading?.data).toEqual({ exposed: false, reason: 'no hwmon or thermal sensor' });
  });
});
