// The command line of the benchmark.
import { parseArgs } from 'node:util';

/** The text of --help. */
export const usage = `Usage: npm run bench -- [options]
  --systems a,b    names or groups: limits, ours, peers, all (default: limits,ours)
  --workloads A,B  letters (default: all but those that --list marks)
  --rounds n       how often each is measured; the median counts (default: 3)
  --quick          small and short: shows that it works, says nothing about speed
  --out folder     where the results go (default: docs/benchmarks; with --quick or --profile .cache/bench/…)
  --profile        says where the server's time goes, by function (and disturbs the figures)
  --micro          the micro-benchmarks instead
  --report         only writes tables and charts again, from the results there are
  --list           the systems and workloads`;

const spec = /** @type {const} */ ({
  systems: { type: 'string' },
  workloads: { type: 'string' },
  rounds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  out: { type: 'string' },
  profile: { type: 'boolean', default: false },
  micro: { type: 'boolean', default: false },
  report: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
});

const list = (text) =>
  text
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);

/**
 * Reads the command line.
 *
 * @throws TypeError — an option is not known; RangeError — `rounds` is no positive integer.
 */
export function readOptions(args) {
  const { values } = parseArgs({ args, options: spec });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds is ${values.rounds}, not a positive integer`);
  return {
    ...values,
    rounds,
    systems: list(values.systems) ?? ['limits', 'ours'],
    workloads: list(values.workloads),
  };
}
