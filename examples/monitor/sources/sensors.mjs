import { listNames, notExposed, readNumber, readText } from './files.mjs';

/** What a file of hwmon measures, by the letters its name starts with, and how many make one unit. */
const KINDS = new Map([
  ['temp', { kind: 'temperature', unit: '°C', scale: 1000 }],
  ['in', { kind: 'voltage', unit: 'V', scale: 1000 }],
  ['fan', { kind: 'fan', unit: 'rpm', scale: 1 }],
  ['power', { kind: 'power', unit: 'W', scale: 1_000_000 }],
]);

/** Temperatures, voltages, fans and power, as far as the system shows them (virtual machines mostly do not). */
export function sensors(root = '/sys/class') {
  return {
    everyMs: 1000,
    async *read() {
      const readings = [...(await readHwmon(`${root}/hwmon`)), ...(await readThermal(`${root}/thermal`))];
      const data =
        readings.length > 0 ? { exposed: true, readings } : notExposed('no hwmon or thermal sensor');
      yield { subject: '/system/sensors', data };
    },
  };
}

async function readHwmon(directory) {
  const names = await listNames(directory);
  const chips = await Promise.all(names.map((name) => readChip(`${directory}/${name}`)));
  return chips.flat();
}

async function readChip(directory) {
  const chip = (await readText(`${directory}/name`)) ?? 'sensor';
  const inputs = (await listNames(directory)).filter((name) => name.endsWith('_input'));
  const readings = await Promise.all(inputs.map((input) => readInput(directory, chip, input)));
  return readings.filter((reading) => reading !== undefined);
}

async function readInput(directory, chip, input) {
  const channel = input.slice(0, -'_input'.length); // "temp1"
  const kind = KINDS.get(channel.replace(/\d+$/, ''));
  const value = kind && (await readNumber(`${directory}/${input}`));
  if (value === undefined) return undefined; // a kind we do not show, or a sensor that is switched off
  const label = (await readText(`${directory}/${channel}_label`)) ?? channel;
  return { name: `${chip} ${label}`, kind: kind.kind, unit: kind.unit, value: value / kind.scale };
}

async function readThermal(directory) {
  const zones = (await listNames(directory)).filter((name) => name.startsWith('thermal_zone'));
  const readings = await Promise.all(zones.map((zone) => readZone(`${directory}/${zone}`)));
  return readings.filter((reading) => reading !== undefined);
}

async function readZone(directory) {
  const value = await readNumber(`${directory}/temp`);
  if (value === undefined) return undefined;
  const name = (await readText(`${directory}/type`)) ?? 'thermal zone';
  return { name, kind: 'temperature', unit: '°C', value: value / 1000 };
}
