import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure, sentenceOf, visible } from './failure.ts';

/**
 * Says why a project cannot be made in a folder: it is not empty, is no folder, or cannot be read.
 *
 * @returns one line; undefined when it can.
 */
export function folderFault(folder: string): string | undefined {
  try {
    const empty = readdirSync(folder).length === 0;
    return empty ? undefined : `${visible(folder)}: the folder is not empty; choose another one`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : sentenceOf(error, folder);
  }
}

/**
 * Writes the files of a project. Nothing is overwritten, and what was written is removed when a later file fails.
 *
 * @param files - text by path, with slashes.
 * @throws Failure — the folder cannot be written to, or something has come to be there in the meantime.
 */
export function writeProject(folder: string, files: ReadonlyMap<string, string>): void {
  const written: string[] = [];
  let made: string | undefined;
  try {
    made = mkdirSync(folder, { recursive: true });
    for (const [path, text] of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { flag: 'wx' });
      written.push(file);
    }
  } catch (error) {
    for (const file of written) rmSync(file, { force: true });
    removeFolders(folder, made);
    throw new Failure(sentenceOf(error, folder));
  }
}

// What somebody else has put there in the meantime is not removed.
function removeFolders(folder: string, made: string | undefined): void {
  if (!existsSync(folder)) return;
  const left = readdirSync(folder, { withFileTypes: true, recursive: true });
  if (left.some((entry) => !entry.isDirectory())) return;
  const own = made === undefined ? readdirSync(folder).map((name) => join(folder, name)) : [made];
  for (const path of own) rmSync(path, { recursive: true });
}
