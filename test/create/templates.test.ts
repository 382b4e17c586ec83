import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStream } from '@cometkit/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { packAll } from '../../scripts/pack.mjs';
import { build, npm } from '../../scripts/workspace.mjs';
import { onFreePort, Program } from '../support/program.ts';
import { silentConnection } from '../support/silent-connection.ts';
import { expectReload, firstEvent } from './page.ts';
import { pinned, root } from './pinned.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const folder = mkdtempSync(join(tmpdir(), 'cometkit-templates-'));
const tarballs: { readonly name: string; readonly file: string }[] = [];
let program: Program | undefined;

function sound({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  return stdout;
}

/** Installs with our packages out of their tarballs, and the others from npm's cache: a registry is asked only for the rest. */
function install(place: string, manifest: Record<string, unknown>): void {
  const asked = Object.keys(manifest['dependencies'] as object);
  const packed = tarballs.map(({ name, file }) => [name, `file:${file}`] as const);
  const overrides = Object.fromEntries(packed.filter(([name]) => !asked.includes(name)));
  writeFileSync(join(place, 'package.json'), JSON.stringify({ ...manifest, overrides }));
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  sound(npm(['install', ...flags], { cwd: place }));
}

/** The versions that this repository is tested with; the compiler is left to it altogether, since it is large. */
function exactly(ranges: Record<string, string>): Record<string, string> {
  const files = new Map(tarballs.map(({ name, file }) => [name, `file:${file}`]));
  const names = Object.keys(ranges).filter((name) => name !== 'typescript');
  return Object.fromEntries(names.map((name) => [name, files.get(name) ?? pinned(name)]));
}

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
  sound(spawnSync(process.execPath, [join(root, 'scripts/bundle-client.mjs')], { encoding: 'utf8' }));
  tarballs.push(...packAll(join(folder, 'tarballs')));
  const tool = tarballs.find(({ name }) => name === 'create-cometkit');
  mkdirSync(join(folder, 'tool'));
  install(join(folder, 'tool'), { private: true, dependencies: { 'create-cometkit': `file:${tool?.file}` } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await program?.kill();
  program = undefined;
});

describe.each(['express-ts', 'hono'])('the template %s, made and installed out of tarballs', (template) => {
  const place = join(folder, `my-${template}`);

  it('is made by the packed program', () => {
    const main = join(folder, 'tool/node_modules/create-cometkit/dist/main.js');
    const made = spawnSync(process.execPath, [main, `my-${template}`, '--template', template], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(sound(made)).toContain(`cd my-${template}\n  npm install\n  npm run dev\n`);
    expect(readFileSync(join(place, '.gitignore'), 'utf8')).toContain('node_modules/');
  });

  it('installs, and has no error of types', () => {
    const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
    install(place, {
      ...manifest,
      dependencies: exactly(manifest.dependencies),
      devDependencies: exactly(manifest.devDependencies),
    });
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const types = spawnSync(process.execPath, [compiler, '-p', place], { encoding: 'utf8' });
    expect([types.status, types.stdout]).toEqual([0, '']);
  });

  it('pushes, to a page that misses nothing when it is reloaded, and ends on SIGTERM', async () => {
    const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
    // The words of the script `start`, on a free port.
    const [node, ...args] = manifest.scripts.start.split(' ');
    expect(node).toBe('node');
    program = Program.start(place, [...onFreePort, ...args]);
    const address = await program.address(60_000);
    expect(await firstEvent(address)).toMatchObject({
      type: 'data',
      subject: '/ticks',
      data: { number: expect.any(Number) },
    });
    await expectReload(address, '#ticks li');
    const stream = await openStream(`${address}/push?subject=/ticks&format=ndjson`);
    await stream.until('"data"');
    await silentConnection(address);
    const [, last] = await Promise.all([program.stop('SIGTERM'), stream.rest()]);
    expect(last).toContain('"reason":"shutdown"');
    expect(program.output).not.toMatch(/error/i);
  });
});
