import { fileURLToPath } from 'node:url';
import { type ClientError, createClient } from '@cometkit/client';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { Program } from '../support/program.ts';

const support = fileURLToPath(new URL('../support', import.meta.url));
let program: Program;

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);

afterEach(() => program.kill());

describe('two workers of node:cluster that share nothing', () => {
  it('are told at their start, and to each client that cannot stay with one of them', async () => {
    program = Program.start(support, ['workers.mjs']);
    const client = createClient(`${await program.address()}/push`);
    const error = await new Promise<ClientError>((resolve) => client.on('error', resolve));
    void client.close();
    expect(error.code).toBe('unknown-session');
    expect(error.message).toMatch(/made by another process.*https:\/\/.*#unknown-session$/);
    expect(program.output.match(/\[cometkit\] this is a worker of node:cluster/g)).toHaveLength(2);
  }, 30_000);
});
