import type { Command } from 'commander';
import { parseUrl } from '../arguments.ts';
import type { Surroundings } from '../surroundings.ts';
import { Terminal } from '../terminal.ts';
import { headerOption } from './add-clients.ts';
import { explain } from './explain.ts';
import { type InspectOptions, inspect } from './inspect.ts';

/** Adds the command `explain`. */
export function addExplain(program: Command, surroundings: Surroundings): void {
  program
    .command('explain')
    .summary('explain an error code')
    .description('Says what an error code means and what to do; without a code it lists them all.')
    .argument('[code]', 'a code such as missing-field, or the link of a problem report')
    .action((code: string | undefined) => explain(new Terminal(surroundings), code));
}

/** Adds the command `inspect`. */
export function addInspect(program: Command, surroundings: Surroundings): void {
  program
    .command('inspect')
    .summary('show the figures of a server')
    .description(
      'Shows the figures that a server gives with @cometkit/metrics, anew each second on a terminal.',
    )
    .argument('<url>', 'where the metrics are, such as http://localhost:9464/metrics', parseUrl)
    .option('--once', 'once, also on a terminal')
    .addOption(headerOption())
    .action((url: URL, options: InspectOptions) => inspect(surroundings, url, options));
}
