import { execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@cometkit/client';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { type Fetch, fetchOverHttp2, fetchOverTls } from '../node/secure-kit.ts';
import { block } from './blocks.ts';
import { Stage } from './stage.ts';

// Servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const guide = 'docs/guides/tls.md';
let stage: Stage;
let secrets: { readonly ca: Buffer };

beforeAll(() => {
  if (!build()) throw new Error('the packages do not build');
}, 60_000);

beforeEach(() => {
  stage = new Stage();
  execSync(block(guide, 'openssl req').text, { cwd: stage.folder, stdio: 'ignore' });
  secrets = { ca: readFileSync(join(stage.folder, 'cert.pem')) };
});

afterEach(() => stage.close());

/** Starts a server of the guide. @returns where its certificate says that it is. */
async function serve(file: string): Promise<string> {
  const address = await stage.serve(block(guide, file));
  return address.replace('http://127.0.0.1', 'https://localhost');
}

/** Reads the first event that a client gets. */
async function firstEvent(address: string, fetch: Fetch): Promise<unknown> {
  const client = createClient(`${address}/push`, { runtime: { fetch: fetch as never } });
  try {
    for await (const { data } of client.subscribe('/system/clock')) return data;
    return undefined;
  } finally {
    client.close();
  }
}

const time = { time: expect.any(String) };

describe(guide, () => {
  it('shows a server of TLS with Express', async () => {
    const address = await serve('tls.mjs');
    const fetch = fetchOverTls(secrets);
    expect(await firstEvent(address, fetch)).toEqual(time);
    expect(await (await fetch(`${address}/`)).text()).toBe('the app');
  });

  it('shows a server of HTTP/2 that serves HTTP/1.1 as well', async () => {
    const address = await serve('http2.mjs');
    const { fetch, close } = fetchOverHttp2(address, secrets);
    for (const one of [fetch, fetchOverTls(secrets)]) {
      expect(await firstEvent(address, one)).toEqual(time);
      expect(await (await one(`${address}/`)).text()).toBe('the app');
    }
    close();
  });
});
