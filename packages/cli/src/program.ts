import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addBench } from './commands/add-bench.ts';
import { addListen, addPublish } from './commands/add-clients.ts';
import { addDoctor } from './commands/add-doctor.ts';
import { addExplain, addInspect } from './commands/add-others.ts';
import { Failure, sentenceOf } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { Terminal } from './terminal.ts';
import { visible } from './visible.ts';

/** What a command leaves to say: its exit code. */
interface Outcome {
  code: 0 | 1 | 2;
}

const exitCodes = `
Exit codes: 0 it did what it was asked to; 1 it could not, or was interrupted before it knew; 2 the command line is wrong.`;

function createProgram(surroundings: Surroundings, outcome: Outcome): Command {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('cometkit')
    .description('Server push from the command line.')
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
      // What was typed is repeated in errors, and may have been pasted.
      outputError: (text, write) => write(`${visible(text.trim().replaceAll('\n', ' '))}\n`),
    })
    .addHelpText('after', exitCodes);
  for (const add of [addListen, addPublish, addDoctor, addBench, addInspect, addExplain])
    add(program, surroundings, outcome);
  return program;
}

/**
 * Runs a command line.
 *
 * @param args - what stands behind the program's name.
 * @returns the exit code: 0 when it did what it was asked to, 1 when it could not or was interrupted before it knew, 2 when
 * the command line is wrong.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const outcome: Outcome = { code: 0 };
  // Each of a thousand clients waits for the one end.
  setMaxListeners(0, surroundings.stop);
  try {
    await createProgram(surroundings, outcome).parseAsync([...args], { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const terminal = new Terminal(surroundings);
    terminal.say(`error: ${error instanceof Failure ? error.message : sentenceOf(error)}`);
    return 1;
  }
}
