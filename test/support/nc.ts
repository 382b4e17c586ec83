import { spawnSync } from 'node:child_process';

/** What `nc` is called here. */
export const nc: string = process.env['NC_PATH'] ?? 'nc';

/**
 * Says whether the lines for `nc` cannot be tried, in one line on the output when they cannot.
 *
 * @returns false under CI=true without one, so that the tests fail.
 */
export function skipsNc(): boolean {
  const there =
    process.env['SKIP_NC'] === undefined && spawnSync(nc, ['-h'], { stdio: 'ignore' }).error === undefined;
  const required = process.env['CI'] === 'true' && process.env['SKIP_NC'] === undefined;
  if (there || required) return false;
  process.stdout.write('No nc: the lines for it are played by sockets only.\n');
  return true;
}
