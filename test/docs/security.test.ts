import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

it('docs/security.md names tests that there are', () => {
  const lines = readFileSync(at('docs/security.md'), 'utf8').split('\n');
  const named = lines.flatMap((line) => [...line.matchAll(/\| `(test\/[^`]+)` (.+) \|$/g)]);
  expect(named.length).toBeGreaterThan(20);
  for (const [, path = '', title = ''] of named) {
    expect(existsSync(at(path)), path).toBe(true);
    expect(readFileSync(at(path), 'utf8'), path).toContain(title);
  }
});
