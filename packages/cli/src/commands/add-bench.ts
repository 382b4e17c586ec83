import type { Command } from 'commander';
import { parseUrl, parseWhole } from '../arguments.ts';
import type { Surroundings } from '../surroundings.ts';
import { headerOption, transportOption } from './add-clients.ts';
import { type BenchOptions, bench } from './bench.ts';

/** Adds the command `bench`. */
export function addBench(program: Command, surroundings: Surroundings): void {
  program
    .command('bench')
    .summary('measure how late events are')
    .description(
      'Opens streams and measures how late events are: those it publishes itself where the server lets it, else those that come.',
    )
    .argument('<url>', 'where the server is, such as http://localhost:3000/push', parseUrl)
    .option('-c, --clients <n>', 'how many clients, at most 1000', parseWhole(1, 1000), 10)
    .option('-s, --seconds <n>', 'how long, at most 60', parseWhole(1, 60), 10)
    .option('-r, --rate <n>', 'how many events it publishes a second, at most 1000', parseWhole(1, 1000), 10)
    .option('--subject <path>', 'where it publishes and listens', '/cometkit/bench')
    .option('-j, --json', 'the figures as one line of JSON')
    .addOption(transportOption())
    .addOption(headerOption())
    .addHelpText(
      'after',
      `
All clients are in this one process, so its own work is part of what it measures.
Exit codes: 0 it measured; 1 no client was let in, or no event came; 2 the command line is wrong.`,
    )
    .action((url: URL, options: BenchOptions) => bench(surroundings, url, options));
}
