import type { Readable, Writable } from 'node:stream';

/** What a command reads, writes and obeys. */
export interface Surroundings {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  /** `NO_COLOR` and `TERM` are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the command: the user has interrupted it, or nobody reads its output any more. */
  readonly stop: AbortSignal;
}
