import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block, blockAfter, blocksOf } from '../docs/blocks.ts';
import { Stage, type } from '../docs/stage.ts';
import { typed } from './kit.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const guide = 'docs/guides/command-line.md';
const program = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
let stage: Stage;
let address: string;

beforeAll(async () => {
  if (!build()) throw new Error('the packages do not build');
  stage = new Stage();
  address = await stage.serve(block(guide, 'server.mjs'));
});
afterAll(() => stage?.close());

/** Types a line as it is shown, with the compiled program in the place of `npx cometkit`. */
function shown(hint: string): Promise<string> {
  const line = block(guide, `npx cometkit ${hint}`).text.trim();
  return type(
    line
      .replace('npx cometkit', `"${process.execPath}" "${program}"`)
      .replace('http://localhost:3000', address),
  );
}

describe(guide, () => {
  it('listens as shown', async () => {
    const events = await shown("listen http://localhost:3000/push '/prices/**'");
    const promised = blockAfter(
      block(guide, "npx cometkit listen http://localhost:3000/push '/prices/**'"),
    ).text;
    const form = (text: string) =>
      text
        .replace(/\d/g, '0')
        .replace(/0+\.?0*\}/g, '0}')
        .trim()
        .split('\n');
    expect(form(events)).toEqual(form(promised));
    expect(JSON.parse(await shown('listen http://localhost:3000/push /prices --json'))).toMatchObject({
      kind: 'data',
      subject: '/prices/aex',
    });
  });

  it('publishes, looks and explains as shown', async () => {
    await shown('publish');
    expect(await shown('inspect')).toMatch(/^events_published_total +\d/m);
    expect(await shown('explain')).toMatch(/^not-authorized\n\nStatus 403\./);
    expect(await shown('bench')).toMatch(/^\d+ events at 20 clients: p50 /);
  });

  it('has a heading for every command, and names no option that is not there', async () => {
    const text = blocksOf(guide)
      .map(({ text }) => text)
      .join('\n');
    for (const name of ['listen', 'publish', 'doctor', 'bench', 'inspect', 'explain']) {
      const help = (await typed([name, '--help'])).out;
      const used = text.split('\n').filter((line) => line.startsWith(`npx cometkit ${name} `));
      expect(used.length).toBeGreaterThan(0);
      for (const [option] of used.join(' ').matchAll(/--[a-z]+/g)) expect(help).toContain(option);
    }
  });
});
