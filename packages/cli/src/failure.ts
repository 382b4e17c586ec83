import { ClientError } from '@cometkit/client';
import { visible } from './visible.ts';

/** Ends a command with one line on the standard error and the exit code 1. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}

const longest = 300;

const hints: Readonly<Record<string, string>> = {
  unreachable: 'see that the server runs and the URL is right',
  malformed: 'ask `cometkit doctor` what answers there',
  redirected: 'use the address that it leads to',
  'not-authorized': "log in with --header 'name: value', or allow it in the server's authorize",
  'forbidden-origin': 'list the origin in the server, or let the proxy pass the host on',
};

/**
 * Says what went wrong and, where it is known, what to do about it.
 *
 * @returns one line that is safe for a terminal.
 */
export function sentenceOf(error: unknown): string {
  if (error instanceof ClientError) {
    const { code, serverCode, reason, status } = error;
    const hint = hints[serverCode ?? code];
    const about = serverCode ?? code;
    const place = status === undefined ? '' : ` (status ${status})`;
    return `${visible(reason, longest)}${place}${hint ? `: ${hint}` : ''} [cometkit explain ${visible(about, 60)}]`;
  }
  return visible(error instanceof Error ? error.message : String(error), longest);
}
