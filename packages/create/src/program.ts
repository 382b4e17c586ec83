import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { create } from './create.ts';
import { Failure, visible, WrongArgument } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { type TemplateName, templateNames, templates } from './templates.ts';

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

const help = `
Templates:
${templateNames.map((name) => `  ${name.padEnd(23)}${templates[name].about}`).join('\n')}

What is not given is asked for, at a terminal. Nothing is installed, and nothing is overwritten.

Exit codes: 0 the project is there; 1 it could not be made, or was interrupted; 2 the command line is wrong.`;

interface Wish {
  readonly template?: TemplateName;
}

function createProgram(surroundings: Surroundings): Command {
  const usual = templateNames.join(', ');
  return new Command('create-cometkit')
    .description(
      'Makes a small project that pushes: a server, and a page that misses nothing when it is reloaded.',
    )
    .argument('[folder]', 'where to make it; its last part is the name of the package')
    .addOption(new Option('-t, --template <name>', `one of ${usual}`).choices(templateNames))
    .version(version)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
      outputError: (text, write) => write(`${visible(text.trim().replaceAll('\n', ' '))}${hintFor(text)}\n`),
    })
    .addHelpText('after', help)
    .action((folder: string | undefined, wish: Wish) =>
      create({ folder, template: wish.template, version }, surroundings),
    );
}

// npm keeps options for itself unless `--` stands before them, and passes their values on.
function hintFor(text: string): string {
  return text.includes('too many arguments') ? ' npm needs -- before --template.' : '';
}

/**
 * Says when Node is older than what CometKit runs on.
 *
 * @returns undefined when it is not.
 */
function tooOld(found: string): string | undefined {
  const [major = 0, minor = 0] = found.replace(/^v/, '').split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `CometKit needs Node.js 20.19 or later; this is ${found}`;
}

/**
 * Runs a command line.
 *
 * @param args - what stands behind the program's name.
 * @returns the exit code: 0 when the project is there, 1 when it could not be made, 2 when the command line is wrong.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stderr } = surroundings;
  try {
    const old = tooOld(surroundings.version);
    if (old !== undefined) throw new Failure(old);
    await createProgram(surroundings).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { message } = error as Error;
    stderr.write(`error: ${error instanceof Failure ? message : visible(message)}\n`);
    return error instanceof WrongArgument ? 2 : 1;
  }
}
