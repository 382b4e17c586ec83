import { send } from '@cometkit/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { Stage } from '../docs/stage.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/inspector.md';
let stage: Stage;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

describe(guide, () => {
  it('shows a server whose inspector opens for those who may', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const headers = { authorization: `Basic ${Buffer.from('ops:secret').toString('base64')}` };
    expect((await send(`${address}/inspector/`)).status).toBe(403);
    expect((await send(`${address}/inspector/`, { headers })).body).toContain('CometKit inspector');
  });

  it('shows what explain prints', async () => {
    const program = stage.start(block(guide, 'explain.mjs'));
    expect(await program.ended).toBe(0);
    const withoutBytes = (text: string) => text.replace(/\d+ bytes/g, 'n bytes').trim();
    expect(withoutBytes(program.output)).toBe(withoutBytes(block(guide, 'The subscription').text));
  });
});
