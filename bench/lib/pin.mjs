// Server and generator each on a core of their own, where the system has taskset and more than one core.
import { spawnSync } from 'node:child_process';

function allowedCores() {
  const { status, stdout } = spawnSync('taskset', ['-cp', `${process.pid}`], { encoding: 'utf8' });
  if (status !== 0) return [];
  return (stdout.split(':').at(-1) ?? '').trim().split(',').flatMap(expandRange);
}

function expandRange(text) {
  const [from = 0, to = from] = text.split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

const [serverCore, loadCore] = allowedCores();

/** True when the two processes do not share a core. */
export const pinned = loadCore !== undefined;

/** The command that runs a program on the core of its part, `server` or `load`. */
export function onCore(part, command, args) {
  if (!pinned) return { command, args };
  return {
    command: 'taskset',
    args: ['-c', `${part === 'server' ? serverCore : loadCore}`, command, ...args],
  };
}
