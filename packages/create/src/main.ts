#!/usr/bin/env node
import process from 'node:process';
import { run } from './program.ts';

const stop = new AbortController();
// Once each: a second interrupt ends the process as it would without us.
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const { stdin, stdout, stderr, env, version } = process;
const surroundings = { stdin, stdout, stderr, env, version, cwd: process.cwd(), stop: stop.signal };
process.exitCode = await run(process.argv.slice(2), surroundings);
