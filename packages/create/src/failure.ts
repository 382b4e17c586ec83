/** Ends the program with one line on the standard error and the exit code 1. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}

/** Ends the program like a {@link Failure}, with the exit code 2: the command line is wrong. */
export class WrongArgument extends Failure {
  override readonly name: string = 'WrongArgument';
}

const hazards = /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Makes a text that was typed, or pasted, safe for a terminal, and short. */
export function visible(text: string): string {
  const safe = text.replace(hazards, '\ufffd');
  return safe.length > 200 ? `${safe.slice(0, 200)}…` : safe;
}

const sentences: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'no permission to write there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'it is a file, or lies in one',
  EEXIST: 'something that is not a folder stands there already',
  ENAMETOOLONG: 'the path is too long',
};

/**
 * Says why something of the file system failed.
 *
 * @returns one line that is safe for a terminal.
 */
export function sentenceOf(error: unknown, folder: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `${visible(folder)}: ${sentences[code ?? ''] ?? visible(message)}`;
}
