import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
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

/** The bytes of all files below a folder. */
function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

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

  it('names an old Node, and installs nothing', async () => {
    const old =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })";
    const args = ['--import', `data:text/javascript,${encodeURIComponent(old)}`, 'scripts/run.mjs', 'start'];
    const program = Program.start(clone, args, { PORT: '0' });
    expect(await program.ended).toBe(1);
    expect(program.output).toMatch(/^CometKit needs Node\.js 20\.19 or later; this is .*\n$/);
    expect(existsSync(join(clone, '.cache'))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('names the folder that it may not write to', () => {
    chmodSync(clone, 0o555);
    // No folder is closed to root.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const options = { cwd: clone, encoding: 'utf8', env: { ...process.env, PORT: '0' }, ...nobody } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', 'start'], options);
    chmodSync(clone, 0o755);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^No permission to write .*\.cache.*\n$/);
  });

  it('says in one line that there is no network, and soon', async () => {
    const nowhere = { npm_config_registry: 'http://127.0.0.1:9', npm_config_cache: join(clone, 'empty') };
    const program = Program.start(clone, ['scripts/run.mjs', 'start'], { PORT: '0', ...nowhere });
    expect(await program.ended).toBe(1);
    expect(program.output.trim().split('\n')).toEqual([
      expect.stringContaining('Installing what the demo needs'),
      'npm cannot reach its registry (ECONNREFUSED). The first npm start needs the network.',
    ]);
    rmSync(join(clone, 'empty'), { recursive: true });
  }, 40_000);

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
    expect(bytesIn(join(clone, '.cache'))).toBeLessThanOrEqual(60_000_000);
    await program.stop();
  });

  it('depends on the versions that the tool chain has', () => {
    const versions = (folder: string, name: string): string =>
      JSON.parse(readFileSync(join(root, folder, 'package-lock.json'), 'utf8')).packages[
        `node_modules/${name}`
      ].version;
    for (const name of ['esbuild', 'eventemitter3', 'express', 'p-queue', 'uqr']) {
      expect([name, versions('scripts/demo', name)]).toEqual([name, versions('', name)]);
    }
  });
});
