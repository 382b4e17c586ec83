import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openStream } from '@cometkit/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block, textOf } from '../docs/blocks.ts';
import { Stage } from '../docs/stage.ts';
import { proxies } from './programs.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/proxies.md';
let stage: Stage;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

describe(guide, () => {
  it('shows a server that believes its proxy', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const stream = await openStream(`${address}/push?subject=/system`, {
      headers: { 'x-forwarded-for': '203.0.113.9', accept: 'text/event-stream' },
    });
    expect(stream.status).toBe(200);
    await stream.until('"time"');
    stream.close();
  });

  it('lists every file of examples/proxies, and each of them is tried', () => {
    const files = readdirSync(fileURLToPath(new URL('../../examples/proxies', import.meta.url))).sort();
    expect(proxies.map(({ file }) => file).sort()).toEqual(files);
    for (const file of files) expect(textOf(guide)).toContain(`| \`${file}\` |`);
  });
});
