import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, createConsumer } from './consumer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The server that the README opens with: its first JavaScript or TypeScript fence that calls `comet(`. */
function readmeServer(): string {
  const file = join(root, 'README.md');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const fences = [...text.matchAll(/^```(?:js|ts|mjs|javascript|typescript)\b[^\n]*\n(.*?)^```/gms)];
  const code = fences.map(([, body]) => body ?? '').find((body) => body.includes('comet('));
  if (code === undefined) throw new Error('README.md shows no server that calls comet(');
  return code;
}

function mountOf(code: string): string {
  return /\.use\('([^']+)', push\b/.exec(code)?.[1] ?? '/push';
}

const requiring = `
const express = require('express');
const { comet } = require('@cometkit/express');
const app = express();
const push = comet();
app.use('/push', push);
app.listen(3000);
`;

const typed = `
import { comet } from '@cometkit/express';
import { createHub, createNodeHandler } from '@cometkit/node';
const push = comet();
push.publish('/orders', { id: 7 });
export const listener = createNodeHandler(createHub(), { path: '/push' });
// @ts-expect-error a function is no JSON value
push.publish('/orders', { id: () => 7 });
`;

const face = `
import express from 'express';
import { createHub, type Hub } from 'cometkit';
import { createClient } from 'cometkit/client';
import { comet } from 'cometkit/express';
import { createFetchHandler } from 'cometkit/fetch';
import { createNodeHandler } from 'cometkit/node';
import { attachWebSocket } from 'cometkit/websocket';
const hub: Hub = createHub();
const app = express();
app.use('/push', comet({ hub }));
app.listen(3000);
console.log(typeof createClient, typeof createFetchHandler, typeof createNodeHandler, typeof attachWebSocket);
`;

async function joinAt(address: string): Promise<string> {
  const answer = await fetch(`${address}?p_event=join&p_format=json`);
  expect(answer.status).toBe(200);
  return answer.text();
}

describe('a project that installed the packages', () => {
  let consumer: Consumer;

  beforeAll(() => {
    consumer = createConsumer();
  }, 120_000);

  afterAll(() => consumer?.close());

  it('compiles the README server as TypeScript, and runs it', async () => {
    const code = readmeServer();
    consumer.write('server.ts', code);
    consumer.write('typed.ts', typed);
    expect(consumer.compile()).toBe('');
    const address = await consumer.serve('out/server.js');
    expect(await joinAt(address + mountOf(code))).toContain('join-ack');
  }, 60_000);

  it('gets the packages by require()', async () => {
    consumer.write('server.cjs', requiring);
    const address = await consumer.serve('server.cjs');
    expect(await joinAt(`${address}/push`)).toContain('join-ack');
  }, 30_000);
});

describe('a project that installed cometkit and express alone', () => {
  let consumer: Consumer;

  beforeAll(() => {
    consumer = createConsumer('cometkit');
  }, 120_000);

  afterAll(() => consumer?.close());

  it('has everything under that name', async () => {
    consumer.write('face.ts', face);
    expect(consumer.compile()).toBe('');
    const address = await consumer.serve('out/face.js');
    expect(await joinAt(`${address}/push`)).toContain('join-ack');
  }, 60_000);
});
