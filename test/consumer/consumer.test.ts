import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOfGuide } from '../support/guide.ts';
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

/** What a newcomer writes on the first day: interfaces, strict, no cast. */
const newcomer = `
import os from 'node:os';
import express, { type Request } from 'express';
import { createHub, type Hub } from 'cometkit';
import { createClient } from 'cometkit/client';
import { comet } from 'cometkit/express';

interface Reading { cpu: number; fan?: number; taken: Date }
interface Room { name: string; readings: Reading[]; parent?: Room }

const rooms = new Map<string, Room>();
const push = comet({
  authorize: { join: ({ request }) => userOf(request.native), publish: ({ data }) => JSON.stringify(data).length < 500 },
});

function userOf(request: Request): string | { refuse: string } {
  return request.get('x-user') ?? { refuse: 'who are you?' };
}

function measure(): Reading {
  return { cpu: os.loadavg()[0] ?? 0, taken: new Date() };
}

function report(room: Room): void {
  const reading = measure();
  rooms.set(room.name, { ...room, readings: [...room.readings, reading] });
  push.publish('/rooms/' + room.name, reading);
  push.publish('/rooms', [...rooms.values()]);
  push.publish('/memory', process.memoryUsage());
  push.publish('/cpus', os.cpus());
  push.sendToPrincipal('ann', '/rooms', room);
}

const app = express();
app.use('/push', push);
app.post('/rooms/:name', express.json(), (request, response) => {
  report({ name: request.params.name, readings: [] });
  push.broadcast('/requests', request.body);
  response.sendStatus(202);
});
app.listen(3000);

function clock(hub: Hub): void {
  setInterval(() => hub.publish('/clock', new Date()), 1000).unref();
}
clock(push.hub);
clock(createHub<{ '/clock': Date }>());

export async function page(): Promise<void> {
  const client = createClient<{ '/rooms/:name': Reading }>('http://localhost:3000/push');
  for await (const { data } of client.subscribe('/rooms/*')) console.log(data.cpu, data.fan?.toFixed(), data.taken.slice(0, 10));
}
// @ts-expect-error a Map is lost in JSON
export const lost = (): unknown => push.publish('/rooms', rooms);
`;

/** What is known of a user has one type in every hook, handler and event of the hub: `server.ts` of the guide declares it. */
const known = `
import type { HookContext, Session } from 'cometkit/express';
import { comet } from 'cometkit/express';
import { push } from './server.js';

type Role = 'editor' | 'reader' | undefined;
const roleOf = (session: Session | undefined): Role => session?.data?.role;
export const second = comet({
  authorize: {
    join: () => ({ principal: 'ann', data: { role: 'reader' } }),
    subscribe: ({ session }) => roleOf(session) === 'reader',
    publish: (context: HookContext) => roleOf(context.session) === 'editor',
  },
});
push.on('/chat/:room', ({ session }) => roleOf(session));
push.handle('/orders/:id', ({ session }) => ({ role: roleOf(session) }));
push.hub.on('attached', (session) => void roleOf(session));
for (const session of push.hub.sessions()) roleOf(session);
// @ts-expect-error nobody has this role
comet({ authorize: { join: () => ({ principal: 'ann', data: { role: 'king' } }) } });
// @ts-expect-error no such member
push.handle('/age', ({ session }) => session.data?.age);
// @ts-expect-error the join hook may have given none
push.handle('/role', ({ session }) => session.data.role);
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

  it('has everything under that name, for programs without a cast too', async () => {
    consumer.write('face.ts', face);
    consumer.write('newcomer.ts', newcomer);
    consumer.write('known.ts', known);
    for (const [name, text] of filesOfGuide('typescript')) consumer.write(name, text);
    expect(consumer.compile()).toBe('');
    const address = await consumer.serve('out/face.js');
    expect(await joinAt(`${address}/push`)).toContain('join-ack');
  }, 60_000);
});
