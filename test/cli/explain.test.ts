import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { typed } from './kit.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const codes = [...page.matchAll(/^### (\S+)$/gm)].map(([, code]) => code ?? '');

describe('explain', () => {
  it('carries the page of errors as it is: copy docs/errors.md to packages/cli/src', () => {
    const own = readFileSync(new URL('../../packages/cli/src/errors.md', import.meta.url), 'utf8');
    expect(own === page).toBe(true);
  });

  it('lists every code', async () => {
    expect(await typed(['explain'])).toEqual({ code: 0, out: `${codes.join('\n')}\n`, err: '' });
  });

  it.each(codes)('says what %s means, in plain text', async (code) => {
    const { code: exit, out } = await typed(['explain', code]);
    expect(exit).toBe(0);
    expect(out.length).toBeGreaterThan(code.length + 60);
    expect(out).not.toMatch(/\]\(|^#/m);
    expect(out.trimEnd().endsWith(`docs/errors.md#${code}`)).toBe(true);
  });

  it('takes the link of a problem report', async () => {
    const { out } = await typed(['explain', 'https://github.com/x/docs/errors.md#too-busy']);
    expect(out).toMatch(/^too-busy\n/);
  });

  it.each([
    ['unknown-sesion', 'did you mean unknown-session?'],
    ['forbiden-orign', 'did you mean forbidden-origin?'],
    ['session', 'did you mean'],
    ['zzz', '`cometkit explain` lists all'],
  ])('fails for %s with a hint', async (given, hint) => {
    const { code, err } = await typed(['explain', given]);
    expect(code).toBe(1);
    expect(err).toContain(hint);
  });
});
