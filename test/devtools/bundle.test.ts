import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build as compile } from '../../scripts/workspace.mjs';

const folder = mkdtempSync(join(tmpdir(), 'cometkit-devtools-'));
const application = `
import { showDevtools } from '@cometkit/devtools';
export const hide = showDevtools(globalThis.client);
`;

/** An application as its bundler makes it, out of the compiled package. */
async function bundled(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: application, resolveDir: folder },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
    ...options,
  });
  return outputFiles?.[0]?.text ?? '';
}

beforeAll(() => {
  if (!compile()) throw new Error('the packages do not build');
  mkdirSync(join(folder, 'node_modules/@cometkit'), { recursive: true });
  const own = fileURLToPath(new URL('../../packages/devtools', import.meta.url));
  symlinkSync(own, join(folder, 'node_modules/@cometkit/devtools'), 'junction');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a bundle for production', () => {
  const NODE_ENV = { 'process.env.NODE_ENV': '"production"' };
  it.each<[string, BuildOptions]>([
    ['the condition production', { conditions: ['production'] }],
    ['NODE_ENV', { define: NODE_ENV }],
    ['NODE_ENV, minified', { define: NODE_ENV, minify: true }],
    ['what esbuild itself says when it minifies', { minify: true }],
    ['NODE_ENV, as a script', { define: NODE_ENV, minify: true, format: 'iife', globalName: 'app' }],
  ])('holds none of the devtools but an empty function, by %s', async (_, options) => {
    const text = await bundled(options);
    expect(text).not.toMatch(/attachShadow|Latency|cometkit-devtools|adoptedStyleSheets|process/);
    // The comments that name the files are esbuild's.
    expect(text.replace(/^\s*\/\/.*\n/gm, '').length).toBeLessThan(600);
  });

  it('runs, with a client or without', async () => {
    const text = await bundled({ conditions: ['production'] });
    const { hide } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    expect(hide()).toBeUndefined();
  });
});

describe('a bundle for development', () => {
  it('holds the devtools', async () => {
    expect(await bundled({})).toContain('attachShadow');
    expect(await bundled({ conditions: ['development'] })).toContain('attachShadow');
  });
});

describe('the devtools on a server', () => {
  const load = (file: string) =>
    import(
      pathToFileURL(fileURLToPath(new URL(`../../packages/devtools/dist/${file}`, import.meta.url))).href
    );

  it('show nothing, and still say what is wrong', async () => {
    const client = { on: () => expect.unreachable(), off: () => expect.unreachable() };
    for (const file of ['index.js', 'browser.js']) {
      const { showDevtools } = await load(file);
      expect(showDevtools(client)()).toBeUndefined();
      expect(() => showDevtools({})).toThrow('showDevtools needs a client, such as createClient makes');
      expect(() => showDevtools(undefined)).toThrow(TypeError);
      expect(() => showDevtools(client, { opne: true })).toThrow('showDevtools knows no option but open');
      expect(() => showDevtools(client, { open: 1 })).toThrow(
        'the option open of showDevtools is true or false',
      );
    }
  });
});
