// The campaign of three nodes over a real engine, in a process of its own: `npm run prove:cluster`.
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { type EngineName, engineNames } from './engine.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'redis' },
    seed: { type: 'string', default: '1' },
    readers: { type: 'string', default: '12' },
    events: { type: 'string', default: '100000' },
    faults: { type: 'string', default: '500' },
    rate: { type: 'string', default: '150' },
    every: { type: 'string', default: '400' },
    seconds: { type: 'string', default: '1500' },
    only: { type: 'string', default: '' },
    harmless: { type: 'boolean', default: false },
  },
});
const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`${text} is not a number`);
  return value;
};
const engine = engineNames.find((name): name is EngineName => name === values.engine);
if (engine === undefined) throw new RangeError(`--engine is one of ${engineNames.join(', ')}`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const report = await campaign({
  engine,
  seed: number(values.seed),
  readers: number(values.readers),
  events: number(values.events),
  faults: number(values.faults),
  eventsPerSecond: number(values.rate),
  faultMs: number(values.every),
  longestMs: number(values.seconds) * 1000,
  only: values.only,
  harmless: values.harmless,
  progress: say,
});
for (const [name, count] of [...report.struck].sort(([, a], [, b]) => b - a))
  say(`  ${String(count).padStart(4)} ${name}`);
const { lost, repeated, reordered, accepted, uncertain, deliveries, covered, faults, seed } = report;
say(
  `${engine}: ${accepted} accepted, ${uncertain} uncertain; of ${deliveries} deliveries ${covered} were told as missing`,
);
for (const problem of report.problems.slice(0, 60)) say(`  ${problem}`);
say(
  `lost ${lost}, repeated ${repeated}, reordered ${reordered} of ${accepted} events under ${faults} faults (seed ${seed})`,
);
process.exit(lost + repeated + reordered + report.problems.length === 0 ? 0 : 1);
