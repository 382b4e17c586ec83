import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'cometkit-clone-'));
  const list = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const file of list.stdout.toString().split('\0')) {
    if (file !== '' && existsSync(join(root, file))) cpSync(join(root, file), join(clone, file));
  }
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

describe('npm start where nothing is installed', () => {
  it('names a taken port before it installs anything', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await eventually('the other server', () => server.listening || undefined);
    const { port } = server.address() as AddressInfo;
    const program = Program.start(clone, ['scripts/run.mjs', 'start'], { PORT: String(port) });
    expect(await program.ended).toBe(1);
    server.close();
    expect(program.output).toContain(`Port ${port} is already in use.`);
    expect(existsSync(join(clone, '.cache'))).toBe(false);
  });

  it('shows live data without the tool chain', async () => {
    const program = Program.start(clone, ['scripts/run.mjs', 'start'], { PORT: '0' });
    const origin = await eventually(
      'the address',
      () => /curl -N '(http:\/\/[^/]+)\//.exec(program.output)?.[1],
      110_000,
    );
    const answer = await fetch(`${origin}/push?subject=/system`);
    const first = await answer.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toContain('join-listen-ack');
    expect((await fetch(`${origin}/client/cometkit.js`)).status).toBe(200);
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
    await program.stop();
  });

  it('depends on the versions that the tool chain has', () => {
    const versions = (folder: string, name: string): string =>
      JSON.parse(readFileSync(join(root, folder, 'package-lock.json'), 'utf8')).packages[
        `node_modules/${name}`
      ].version;
    for (const name of ['esbuild', 'eventemitter3', 'express', 'p-queue']) {
      expect([name, versions('scripts/demo', name)]).toEqual([name, versions('', name)]);
    }
  });
});
