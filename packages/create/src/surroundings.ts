import type { Readable, Writable } from 'node:stream';

/** What the program reads, writes and obeys. */
export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  /** `npm_config_user_agent` is read: it names the package manager. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Version of Node, as `process.version`. */
  readonly version: string;
  /** The folder that a relative one begins at. */
  readonly cwd: string;
  /** Ends the program: the user has interrupted it. */
  readonly stop: AbortSignal;
}
