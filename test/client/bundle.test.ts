import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import type { createClient as CreateClient } from '@cometkit/client';
import { classicFieldNames } from '@cometkit/codec';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { RealServer, until } from './server-kit.ts';

const folder = fileURLToPath(new URL('../../packages/client/dist/browser/', import.meta.url));
const globals = {
  AbortController,
  TextDecoder,
  URL,
  URLSearchParams,
  crypto,
  fetch,
  setTimeout,
  clearTimeout,
  Headers,
};
let server: RealServer | undefined;

beforeAll(() => {
  const script = fileURLToPath(new URL('../../scripts/bundle-client.mjs', import.meta.url));
  if (!build() || spawnSync(process.execPath, [script], { stdio: 'inherit' }).status !== 0) {
    throw new Error('the bundles cannot be made');
  }
}, 120_000);

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function works(createClient: typeof CreateClient): Promise<void> {
  server = await RealServer.start({ pollWaitMs: { min: 5, max: 10 } });
  const client = createClient(server.url);
  const seen: unknown[] = [];
  const gaps: string[] = [];
  client.on('gap', ({ reason }) => gaps.push(reason));
  const subscription = client.subscribe('/n/**', { label: 'mine' });
  subscription.on(({ data }) => seen.push(data));
  await subscription.ready;
  for (const transport of ['long-poll', 'poll', 'stream', 'auto'] as const) {
    client.use(transport);
    await client.publish('/n/a', transport);
    server.cut();
  }
  await until(() => seen.length === 4);
  await server.restart();
  await until(() => gaps.length === 1 && client.state === 'open', 15_000);
  await client.publish('/n/b', 'again');
  await until(() => seen.length === 5);
  await client.close();
  expect([seen, gaps, client.state]).toEqual([
    ['long-poll', 'poll', 'stream', 'auto', 'again'],
    ['epoch'],
    'closed',
  ]);
}

describe('the bundles for pages', () => {
  it('are there, each complete in itself', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
    expect(files.sort()).toEqual([
      'classic.js',
      'cometkit.full.iife.js',
      'cometkit.iife.js',
      'cometkit.js',
      'handle.js',
      'presence.js',
      'shared.js',
      'transports.js',
    ]);
    for (const name of files) {
      const text = readFileSync(`${folder}${name}`, 'utf8');
      expect(text).not.toMatch(/(?<!["'])\bfrom\s*["']|\bimport\s*["'(]/);
      expect(text).not.toMatch(/\bprocess\.|require\(/);
    }
  });

  it('keep the names that go over the wire', () => {
    const source = readFileSync(new URL('../../scripts/bundle-client.mjs', import.meta.url), 'utf8');
    const [, list = ''] = /const internal = `([^`]+)`/.exec(source) ?? [];
    expect(
      list
        .trim()
        .split(/\s+/)
        .filter((name) => name in classicFieldNames),
    ).toEqual([]);
  });

  it('work as a module', async () => {
    const { createClient } = (await import(/* @vite-ignore */ `${folder}cometkit.js`)) as {
      createClient: typeof CreateClient;
    };
    await works(createClient);
  }, 30_000);

  it('work as a plain script', async () => {
    const page = createContext({ ...globals });
    runInContext(readFileSync(`${folder}cometkit.iife.js`, 'utf8'), page);
    await works((page['CometKit'] as { createClient: typeof CreateClient }).createClient);
  }, 30_000);

  it('offer everything in the full one', () => {
    const page = createContext({ ...globals });
    runInContext(readFileSync(`${folder}cometkit.full.iife.js`, 'utf8'), page);
    expect(Object.keys(page['CometKit'] as object).sort()).toEqual([
      'ClientError',
      'classicStates',
      'createClassicClient',
      'createClient',
      'createSharedClient',
      'eventSource',
      'iframe',
      'webSocket',
    ]);
  });
});
