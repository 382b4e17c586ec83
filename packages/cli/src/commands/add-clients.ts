import { type Command, Option } from 'commander';
import { collectHeader, parseUrl, parseWhole } from '../arguments.ts';
import { transportNames } from '../connection.ts';
import type { Surroundings } from '../surroundings.ts';
import { type ListenOptions, listen } from './listen.ts';
import { type PublishCommandOptions, publish } from './publish.ts';

const day = 86_400;

/** The option of every command that asks a server. */
export function headerOption(): Option {
  return new Option(
    '-H, --header <line>',
    "a header of each request, 'name: value'; may be repeated",
  ).argParser(collectHeader);
}

/** The option of every command that is a client. */
export function transportOption(): Option {
  return new Option('-t, --transport <name>', 'the one transport to use; else what gets through').choices(
    transportNames,
  );
}

/** Adds the command `listen`. */
export function addListen(program: Command, surroundings: Surroundings): void {
  program
    .command('listen')
    .summary('print events as they come')
    .description(
      'Prints events as they come, each once and in order, over reconnects too. What is missing is a line in its place.',
    )
    .argument('<url>', 'where the server is, such as http://localhost:3000/push', parseUrl)
    .argument('[patterns...]', "subjects: '/a' with all below it, '*' for one part, '**' for the rest")
    .option('-j, --json', 'one line of JSON for each event and gap')
    .option('-q, --quiet', 'say nothing of the connection')
    .addOption(new Option('--since <cursor>', 'the past too: after a cursor').conflicts(['last', 'latest']))
    .addOption(
      new Option('--last <n>', 'the past too: the last n events')
        .argParser(parseWhole(1, 1000))
        .conflicts(['since', 'latest']),
    )
    .addOption(
      new Option('--latest', 'the past too: the newest event of each subject').conflicts(['since', 'last']),
    )
    .option('-n, --count <n>', 'end after n events', parseWhole(1, 999_999_999))
    .option('--timeout <seconds>', 'give up after so long without a connection', parseWhole(1, day))
    .addOption(transportOption())
    .addOption(headerOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 it was interrupted, its reader went away or --count was reached; 1 the server refused, or --timeout
passed; 2 the command line is wrong.`,
    )
    .action((url: URL, patterns: string[], options: ListenOptions) =>
      listen(surroundings, url, patterns, options),
    );
}

/** Adds the command `publish`. */
export function addPublish(program: Command, surroundings: Surroundings): void {
  program
    .command('publish')
    .summary('publish an event')
    .description(
      'Publishes events, where the server lets clients do so, and waits until it has accepted them.',
    )
    .argument('<url>', 'where the server is, such as http://localhost:3000/push', parseUrl)
    .argument('<subject>', 'a path, such as /chat')
    .argument('[data]', 'JSON, else it is taken as a text; - reads the standard input', '-')
    .option('--to <session>', 'for one session only, by its public id')
    .option('--lines', 'with -: one event for each line, in their order')
    .option('--text', 'a text, even if it looks like JSON')
    .option('--timeout <seconds>', 'how long to wait for each answer', parseWhole(1, day), 10)
    .addOption(transportOption())
    .addOption(headerOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 every event was accepted; 1 one was not, and none behind it was sent; 2 the command line is wrong.`,
    )
    .action((url: URL, subject: string, given: string, options: PublishCommandOptions) =>
      publish(surroundings, { url, subject, given }, options),
    );
}
