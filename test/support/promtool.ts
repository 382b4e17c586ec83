import { spawnSync } from 'node:child_process';
import { skipsService } from './skips-service.ts';

/** What `promtool` is called here. */
export const promtool: string = process.env['PROMTOOL_PATH'] ?? 'promtool';

/** Says whether `promtool` cannot be asked, in one line on the output then. With `CI=true` there must be one. */
export function skipsPromtool(): boolean {
  return skipsService('promtool');
}

/** What `promtool check metrics` says of a text. @returns an empty text when it finds nothing. */
export function promtoolFaults(text: string): string {
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  const said = `${stdout}${stderr}`.trim();
  return status === 0 ? said : `exit ${status}: ${said}`;
}
