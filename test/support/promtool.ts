import { spawnSync } from 'node:child_process';

const given = process.env['SKIP_PROMTOOL'] === undefined ? process.env['PROMTOOL_PATH'] : undefined;

/** What `promtool` is called here. */
export const promtool: string = given ?? 'promtool';

/** Says whether `promtool` cannot be asked, in one line on the output then: it is optional, in CI too. */
export function skipsPromtool(): boolean {
  if (given === undefined)
    process.stdout.write('No promtool: metrics are read by parsers only. Name one with PROMTOOL_PATH.\n');
  return given === undefined;
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
