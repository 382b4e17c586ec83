import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { NextInstall } from '../next/apps.ts';
import type { Program } from '../support/program.ts';
import { Desk } from './kit.ts';
import { expectReload, firstEvent } from './page.ts';
import { root } from './pinned.ts';

vi.setConfig({ testTimeout: 480_000, hookTimeout: 60_000 });

// An own install of Next for this template takes longer than all else here: it gets that of the tests in test/next by hard
// links, and our packages out of their tarballs.
const install = await NextInstall.prepare();
let server: Program | undefined;

afterAll(async () => {
  // Next in development is two processes: a signal that it can pass on ends both.
  await server?.stop();
  install?.close();
});

describe.skipIf(install === undefined)('the template next', () => {
  it('has no error of types, and pushes to a page that misses nothing when it is reloaded', async () => {
    const desk = new Desk();
    expect((await desk.type(['.', '--template', 'next'])).code).toBe(0);
    const files = desk.files().map((path) => [path, readFileSync(desk.path(path), 'utf8')] as const);
    desk.close();
    const app = install!.app('template', new Map(files));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const types = spawnSync(process.execPath, [compiler, '-p', app.folder], { encoding: 'utf8' });
    expect([types.status, types.stdout]).toEqual([0, '']);
    server = app.serve('dev');
    // Next gives its scripts in development to pages of this host only.
    const address = (await server.address(120_000)).replace('127.0.0.1', 'localhost');
    expect(await firstEvent(address, 180_000)).toMatchObject({ type: 'data', subject: '/ticks' });
    await expectReload(address, 'ol li');
    expect(server.output).not.toMatch(/error/i);
  });
});
