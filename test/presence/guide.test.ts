import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { Stage } from '../docs/stage.ts';
import { eventually } from '../support/eventually.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/presence.md';
let stage: Stage;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

describe(guide, () => {
  it('shows a server that knows who is there, and a client that says so', async () => {
    const address = await stage.serve(block(guide, 'server.mjs'));
    const ada = stage.start(block(guide, 'client.mjs'), address);
    await eventually('herself', () => /^ada$/m.test(ada.output));
    const source = await fetch(`${address}/push?subject=/rooms/7`, { headers: { 'x-user': 'eve' } });
    await eventually('another', () => /^ada, eve$/m.test(ada.output));
    const told = await (await fetch(`${address}/rooms/7`)).json();
    expect(told.count).toBe(2);
    expect(told.members[0]).toEqual({ id: 'ada', principal: 'ada' });
    await source.body?.cancel();
    await eventually('her alone', () => /^ada, eve\nada$/m.test(ada.output), 10_000);
  });
});
