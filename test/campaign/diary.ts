import { appendFileSync } from 'node:fs';

const folder = process.env['CAMPAIGN_LOG'];

/** Keeps a line for people who look for the cause of something: in a file of the folder that `CAMPAIGN_LOG` names. */
export function note(file: string, line: () => string): void {
  if (folder === undefined) return;
  const now = performance.timeOrigin + performance.now();
  appendFileSync(`${folder}/${file}.log`, `${now.toFixed(0)} ${line()}\n`);
}
