import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What must not stand in the repository: paths of somebody's machine, hosts of package registries. */
const forbidden = [
  /(?<![\w.$}])\/(?:root|home\/\w+|Users\/\w+)\/[\w.-]/,
  /(?<![\w.$}])\/work\/(?:main|shared|\.)/,
  /(?<![\w.$}])\/tmp\/[\w.-]/,
  /\bregistry\.[a-z0-9-]+\.[a-z]{2,}\b/i,
  /\bnpm\.pkg\.[a-z]+\.[a-z]{2,}\b/i,
];

function trackedFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  // A file that was deleted but not yet committed is still listed.
  return listed.filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

function faultsOf(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, at) => {
    const breach = forbidden.find((pattern) => pattern.test(line));
    return breach === undefined ? [] : [`${path}:${at + 1} ${breach.exec(line)?.[0]}`];
  });
}

describe('the files of the repository', () => {
  it('name no path of a machine and no registry host', () => {
    const faults = trackedFiles().flatMap((path) => {
      const bytes = readFileSync(join(root, path));
      return bytes.includes(0) ? [] : faultsOf(path, bytes.toString('utf8'));
    });
    expect(faults).toEqual([]);
  });

  it.each([
    ['cd ', '/work/', 'main'],
    ['see ', '/root/', '.npmrc'],
    ['from "', '/home/', 'ann/project"'],
    ['at ', '/tmp/', 'a.log'],
    ['https://', 'registry.', 'example.org/x'],
  ])('are refused when a line says %s%s%s', (...parts) => {
    expect(faultsOf('x', `fine\n${parts.join('')}`)).toEqual([expect.stringMatching(/^x:2 /)]);
  });

  it('may speak of subjects, mount paths and temporary folders', () => {
    const text = "app.use('/push/tmp/', x); subscribe('/work/orders'); join(tmpdir(), 'tmp/a')";
    expect(faultsOf('x', text)).toEqual([]);
  });
});
