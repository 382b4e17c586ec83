import { basename, relative, resolve } from 'node:path';
import { Questions } from './ask.ts';
import { Failure, visible, WrongArgument } from './failure.ts';
import { nameFault } from './name.ts';
import { folderFault, writeProject } from './project.ts';
import type { Surroundings } from './surroundings.ts';
import { dependenciesOf, filesOf, manifestOf, type TemplateName, templateNames } from './templates.ts';

/** What was typed; undefined for what is to be asked for. */
export interface Wish {
  readonly folder: string | undefined;
  readonly template: TemplateName | undefined;
  /** Of this release. */
  readonly version: string;
}

/**
 * Makes a project, and prints what to type next. What was not given is asked for at a terminal.
 *
 * @throws WrongArgument — a name cannot be, or something is missing and nobody can be asked.
 * @throws Failure — the folder is not empty or cannot be written to, or the user has interrupted it.
 */
export async function create(wish: Wish, surroundings: Surroundings): Promise<void> {
  const questions = new Questions(surroundings);
  if (!questions.possible) requireAll(wish);
  const { cwd, stdout } = surroundings;
  if (wish.folder !== undefined) requireFolder(wish.folder, cwd, wish.template);
  const fault = (folder: string): string | undefined =>
    faultOfName(folder, cwd, wish.template) ?? folderFault(resolve(cwd, folder));
  const folder = wish.folder ?? (await questions.folder(fault));
  const template = wish.template ?? (await questions.template());
  // Only now is it known what the package depends on.
  requireFolder(folder, cwd, template);
  const path = resolve(cwd, folder);
  const files = filesOf(template);
  files.set('package.json', manifestOf(files.get('package.json') ?? '', basename(path), wish.version));
  writeProject(path, files);
  stdout.write(nextSteps(path, surroundings));
}

function requireAll({ folder, template }: Wish): void {
  const missing = [folder === undefined ? 'a folder' : '', template === undefined ? '--template' : ''];
  const named = missing.filter(Boolean).join(' and ');
  if (named !== '')
    throw new WrongArgument(`${named} must be given, such as: my-app --template ${templateNames[0]}`);
}

function requireFolder(folder: string, cwd: string, template: TemplateName | undefined): void {
  const wrong = faultOfName(folder, cwd, template);
  if (wrong !== undefined) throw new WrongArgument(wrong);
  const fault = folderFault(resolve(cwd, folder));
  if (fault !== undefined) throw new Failure(fault);
}

function faultOfName(folder: string, cwd: string, template: TemplateName | undefined): string | undefined {
  // An empty argument would mean the folder where one is.
  if (folder.trim() === '') return 'a folder must be given, such as my-app';
  const name = basename(resolve(cwd, folder));
  const fault = nameFault(name, template === undefined ? [] : dependenciesOf(template));
  return fault === undefined ? undefined : `the name "${visible(name)}" ${fault}`;
}

function nextSteps(folder: string, { cwd, env }: Surroundings): string {
  const manager = /^(?:pnpm|yarn|bun)(?=\/)/.exec(env['npm_config_user_agent'] ?? '')?.[0] ?? 'npm';
  const inside = relative(cwd, folder);
  const place = visible(inside.startsWith('..') ? folder : inside);
  const enter = place === '' ? [] : [`cd ${/^[\w./-]+$/.test(place) ? place : JSON.stringify(place)}`];
  const steps = [...enter, `${manager} install`, `${manager} run dev`];
  return `Made ${visible(folder)}. Next:\n\n${steps.map((step) => `  ${step}\n`).join('')}`;
}
