import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hazardsIn, hostile, typed } from './kit.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../packages/cli/package.json', import.meta.url), 'utf8'),
);
const commands = ['listen', 'publish', 'doctor', 'bench', 'inspect', 'explain'];

describe('the command line', () => {
  it('says its version', async () => {
    expect(await typed(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('lists every command in its help', async () => {
    const { code, out } = await typed(['--help']);
    expect(code).toBe(0);
    for (const name of commands) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  });

  it.each(commands)('has a help for %s', async (name) => {
    const { code, out, err } = await typed([name, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: cometkit ${name}`);
  });

  it('shows its help, and fails, when nothing is asked', async () => {
    const { code, out, err } = await typed([]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: cometkit');
  });

  it.each([
    [['lisen'], 'Did you mean listen?'],
    [['listen', 'http://127.0.0.1:1/push', '--jsn'], 'Did you mean --json?'],
    [['listen'], "missing required argument 'url'"],
    [['listen', 'localhost:3000/push'], 'A URL such as http://localhost:3000/push is needed.'],
    [['listen', 'ftp://localhost/push'], 'A URL such as http://localhost:3000/push is needed.'],
    [['listen', 'http://me:secret@localhost/push'], 'Give the password as a header'],
    [['listen', 'http://127.0.0.1:1/push', '--last', '0'], 'A whole number from 1 to 1000 is needed.'],
    [['listen', 'http://127.0.0.1:1/push', '--last', '1', '--latest'], 'cannot be used with option'],
    [['listen', 'http://127.0.0.1:1/push', '-t', 'pigeon'], 'Allowed choices are stream, long-poll'],
    [['listen', 'http://127.0.0.1:1/push', '-H', 'no colon'], "A header is written 'name: value'"],
    [['listen', 'http://127.0.0.1:1/push', '-H', 'a: b\r\nc: d'], "A header is written 'name: value'"],
    [['bench', 'http://127.0.0.1:1/push', '--clients', '1001'], 'A whole number from 1 to 1000 is needed.'],
    [['bench', 'http://127.0.0.1:1/push', '--seconds', '61'], 'A whole number from 1 to 60 is needed.'],
  ])('fails with the code 2 and one line for %j', async (args, sentence) => {
    const { code, out, err } = await typed(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(sentence);
    expect(err.trimEnd()).not.toContain('\n');
  });

  it('repeats nothing that a terminal obeys of what was typed', async () => {
    for (const args of [[hostile], ['listen', hostile], ['listen', `--${hostile}`], ['explain', hostile]]) {
      const { code, err } = await typed(args);
      expect(code).toBeGreaterThan(0);
      expect(hazardsIn(err)).toEqual([]);
    }
  });
});
