import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.mjs';

const packages = new URL('../../packages/', import.meta.url);

// They are run by `npm run mutants`; here it is only seen to that each still finds what it changes.
describe('the mutants', () => {
  it.each(mutants)('$name: changes one place', ({ file, find, replace }) => {
    const source = readFileSync(new URL(file, packages), 'utf8');
    expect(source.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  it('are at least forty, each with a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(mutants.length).toBeGreaterThanOrEqual(40);
  });
});
