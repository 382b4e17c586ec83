import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { Stage } from '../docs/stage.ts';
import { Program } from '../support/program.ts';

describe('the guide to testing', () => {
  const stage = new Stage();
  beforeAll(() => {
    if (!build()) throw new Error('the packages do not build');
  }, 120_000);
  afterAll(() => stage.close());

  it('has a test of an application as three nodes, which passes', async () => {
    const file = stage.write(block('docs/guides/testing.md', '// nodes.test.mjs'));
    const run = Program.start(stage.folder, ['--test', file]);
    const code = await run.ended;
    expect(code, run.output).toBe(0);
    expect(run.output).toMatch(/^(# |ℹ )pass 1$/m);
  }, 60_000);
});
