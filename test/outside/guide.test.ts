import { spawnSync } from 'node:child_process';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block, blockAfter } from '../docs/blocks.ts';
import { Stage, skipsCurl, type } from '../docs/stage.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/publish-from-elsewhere.md';
const local = 'http://localhost:3000';
const withoutPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status !== 0;
let stage: Stage;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

describe(guide, () => {
  it.skipIf(skipsCurl())('shows a server, the line that publishes, and its answer', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const line = block(guide, '?publish');
    const watched = type(`curl -sN '${address}/push?subject=/orders'`, (output) => {
      if (output.includes('"heartbeat"') && !output.includes('"data"'))
        void type(`curl -s ${line.text.trim().slice(5).replace(local, address)}`);
      return output.includes('"paid"');
    });
    expect(await watched).toContain('"subject":"/orders/7"');
    const answer = JSON.parse(
      await type(line.text.trim().replaceAll(local, address).replace('curl', 'curl -s')),
    );
    expect(Object.keys(answer)).toEqual(Object.keys(JSON.parse(blockAfter(line).text)));
    // The key has been used: it is the same event still.
    expect(answer.cursor).toMatch(/^\w+-1-\w+$/);
  });

  it.skipIf(withoutPython)('shows a program in Python', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const { text } = block(guide, 'publish.py');
    expect(await type(`python3 -c '${text.replaceAll(local, address)}'`)).toMatch(/^\w+-1-\w+\n$/);
  });

  it('shows a hook that decides', async () => {
    const address = await stage.serve(block(guide, 'allowed.mjs'));
    const status = async (subject: string) => {
      const headers = { authorization: 'Bearer the-old-secret-of-32-characters-or-more' };
      const body = JSON.stringify({ subject, data: 1 });
      return (await fetch(`${address}/push?publish`, { method: 'POST', headers, body })).status;
    };
    expect([await status('/orders/1'), await status('/prices')]).toEqual([200, 403]);
  });
});
