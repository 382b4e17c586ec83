import { ClientError } from '@cometkit/client';
import { faultOf, whyUnreachable } from './unreachable.ts';
import { visible } from './visible.ts';

/** Ends a command with one line on the standard error and the exit code 1. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}

const longest = 300;

const askDoctor = 'ask `cometkit doctor` what answers there';

const hints: Readonly<Record<string, string>> = {
  unreachable: 'see that the server runs and the URL is right',
  malformed: askDoctor,
  'too-large': askDoctor,
  cut: askDoctor,
  timeout: askDoctor,
  redirected: 'use the address that it leads to',
  'not-authorized': "log in with --header 'name: value', or allow it in the server's authorize",
  'forbidden-origin': 'list the origin in the server, or let the proxy pass the host on',
};

/** Why no answer came, where it is known. */
function whyOf({ code, cause }: ClientError): string | undefined {
  return code === 'unreachable' ? whyUnreachable(faultOf(cause)) : undefined;
}

/** Says what went wrong. @returns a part of a line that is safe for a terminal. */
export function reasonOf(error: ClientError): string {
  return whyOf(error) ?? visible(error.reason, longest);
}

/**
 * Says what went wrong and, where it is known, what to do about it.
 *
 * @returns one line that is safe for a terminal.
 */
export function sentenceOf(error: unknown): string {
  if (error instanceof ClientError) {
    const { code, serverCode, status } = error;
    const about = serverCode ?? code;
    const why = whyOf(error);
    // What is known of an error says what to do already.
    const hint = why === undefined ? hints[about] : undefined;
    const place = status === undefined ? '' : ` (status ${status})`;
    return `${reasonOf(error)}${place}${hint ? `: ${hint}` : ''} [cometkit explain ${visible(about, 60)}]`;
  }
  return visible(error instanceof Error ? error.message : String(error), longest);
}
