import { readFileSync } from 'node:fs';

/**
 * The files that a guide of docs/guides shows: every fence that begins with a comment which names one.
 *
 * Shape: file name → text, in the order of the guide.
 */
export function filesOfGuide(name: string): Map<string, string> {
  const text = readFileSync(new URL(`../../docs/guides/${name}.md`, import.meta.url), 'utf8');
  const files = new Map<string, string>();
  for (const [, body = ''] of text.matchAll(/^```\w+\n(.*?)^```/gms)) {
    const file = /^(?:\/\/|#) ([\w./[\]-]+\.\w+)\n/.exec(body)?.[1];
    if (file !== undefined) files.set(file, body);
  }
  return files;
}
