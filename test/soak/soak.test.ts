import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Tally } from '../../scripts/soak/tally.mjs';

const script = fileURLToPath(new URL('../../scripts/soak.mjs', import.meta.url));

it('fifteen seconds of sixty mixed clients leave the server as it was', async () => {
  const soak = spawn(process.execPath, [script, '--minutes', '0.25', '--clients', '60']);
  let output = '';
  for (const stream of [soak.stdout, soak.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => soak.once('exit', resolve));
  expect(output).toMatch(/soak: ok, \d+ events in \d+ sessions of 60 clients\n$/);
  expect(output).toMatch(/\d+ times a client stopped to read; [1-9]\d* times the server gave it up/);
  expect(code).toBe(0);
}, 120_000);

it.each([
  ['in order', [4, 5, 6], [0, 0]],
  ['with one left out', [4, 6], [1, 0]],
  ['with one twice', [4, 5, 5, 6], [0, 1]],
  ['with an old one again', [4, 5, 6, 4], [0, 1]],
])('the tally of a client counts numbers %s', (_what, numbers, found) => {
  const tally = new Tally();
  for (const n of numbers) tally.see(n);
  expect([tally.missing, tally.duplicates]).toEqual(found);
});

it('the tally of a client does not count what a gap has told', () => {
  const tally = new Tally();
  tally.see(4);
  tally.gap();
  tally.see(9);
  expect([tally.missing, tally.duplicates, tally.gaps]).toEqual([0, 0, 1]);
});
