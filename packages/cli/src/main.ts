#!/usr/bin/env node
/**
 * The program: importing this module runs it.
 *
 * @packageDocumentation
 */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { run } from './program.ts';

const stop = new AbortController();
// Once each: a second interrupt ends the process as it would without us.
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

// `cometkit listen … | head`: that nobody reads any more is an end like any other. A full disk is none.
let unwritten: string | undefined;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && stream === process.stdout) unwritten ??= code;
    stop.abort();
  });
}

const { stdin, stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env, stop: stop.signal });
process.on('exit', () => {
  if (unwritten === undefined) return;
  process.exitCode = 1;
  writeSync(2, `error: the results cannot be written (${unwritten})\n`);
});
// What was written may still be on its way; but a connection that a proxy does not let go of must not keep the terminal.
setTimeout(() => process.exit(), 2000).unref();
