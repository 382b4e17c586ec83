import type { Command } from 'commander';
import { parseUrl, parseWhole } from '../arguments.ts';
import type { Surroundings } from '../surroundings.ts';
import { headerOption } from './add-clients.ts';
import { type DoctorOptions, doctor } from './doctor.ts';

/** Adds the command `doctor`. */
export function addDoctor(program: Command, surroundings: Surroundings, outcome: { code: 0 | 1 | 2 }): void {
  program
    .command('doctor')
    .summary('find out what stands between here and a server')
    .description(
      'Finds out what stands between here and a server, which transport gets through, and which line to change in a proxy.',
    )
    .argument('<url>', 'the address that clients use, such as https://example.com/push', parseUrl)
    .option(
      '-p, --patience <seconds>',
      'how long a quiet connection is watched at most',
      parseWhole(1, 600),
      25,
    )
    .option('-j, --json', 'the report as one line of JSON')
    .addOption(headerOption())
    .addHelpText(
      'after',
      `
It joins a few sessions, publishes nothing, and takes about as long as the server may be silent, 10 s.
Exit codes: 0 all is well; 1 something is in the way, or it was interrupted; 2 the command line is wrong.`,
    )
    .action(async (url: URL, options: DoctorOptions) => {
      outcome.code = await doctor(surroundings, url, options);
    });
}
