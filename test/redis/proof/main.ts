// The campaign of three nodes over a real Redis, in a process of its own: `npm run prove:cluster`.
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    readers: { type: 'string', default: '12' },
    events: { type: 'string', default: '100000' },
    faults: { type: 'string', default: '500' },
    rate: { type: 'string', default: '30' },
    every: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '1200' },
    only: { type: 'string', default: '' },
  },
});
const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`${text} is not a number`);
  return value;
};
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const report = await campaign({
  seed: number(values.seed),
  readers: number(values.readers),
  events: number(values.events),
  faults: number(values.faults),
  eventsPerSecond: number(values.rate),
  faultMs: number(values.every),
  longestMs: number(values.seconds) * 1000,
  only: values.only,
  progress: say,
});
for (const [name, count] of [...report.struck].sort(([, a], [, b]) => b - a))
  say(`  ${String(count).padStart(4)} ${name}`);
say(
  `${report.accepted} accepted, ${report.uncertain} uncertain; of ${report.events} events to clients ${report.covered} were told as missing`,
);
for (const problem of report.problems.slice(0, 40)) say(`  ${problem}`);
const { lost, repeated, reordered, events, faults, seed } = report;
say(
  `lost ${lost}, repeated ${repeated}, reordered ${reordered} of ${events} events under ${faults} faults (seed ${seed})`,
);
process.exit(lost + repeated + reordered + report.problems.length === 0 ? 0 : 1);
