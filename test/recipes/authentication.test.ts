import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@cometkit/client';
import { webSocket } from '@cometkit/client/transports';
import { EventSource } from 'eventsource';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { filesOfGuide } from '../support/guide.ts';
import { install } from '../support/install.ts';
import { onFreePort, Program } from '../support/program.ts';

// Servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const folder = await install(fileURLToPath(new URL('.', import.meta.url)), 'recipes');
const pushServer = filesOfGuide('push-server').get('session.mjs') ?? '';
const shown = filesOfGuide('authentication').set('push-server.mjs', pushServer);
const greeting = 'hello, ann';
const local = 'http://localhost:3000';

type Headers = Record<string, string>;

function start(files: ReadonlyMap<string, string>, main: string, args: readonly string[] = []): Program {
  const place = join(folder!, 'authentication');
  for (const [file, text] of files) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), text);
  }
  return Program.start(place, [...args, ...onFreePort, main]);
}

/** The first text that comes, or why none does. */
async function overClient(address: string, headers: Headers, transports: object): Promise<string> {
  const client = createClient(`${address}/push`, { headers, ...transports });
  try {
    return await new Promise((resolve) => {
      client.on('error', (error) => resolve(`refused: ${error.reason}`));
      client.subscribe('/users/ann').on(({ data }) => resolve((data as { text: string }).text));
    });
  } finally {
    await client.close();
  }
}

async function overEventSource(address: string, headers: Headers, query = ''): Promise<string> {
  const fetchWith: typeof fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...init?.headers, ...headers } });
  const events = new EventSource(`${address}/push?subject=/users/ann${query}`, { fetch: fetchWith as never });
  try {
    return await new Promise((resolve) => {
      events.onmessage = ({ data }) => resolve(JSON.parse(data).text);
      events.onerror = ({ code }) => resolve(`refused: ${code}`);
    });
  } finally {
    events.close();
  }
}

/** A WebSocket by hand, which joins by a message. */
async function overWebSocket(address: string, headers: Headers, query = '', fields = {}): Promise<string> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/push${query}`, { headers });
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'join-listen', subject: '/users/ann', ...fields })),
      );
      socket.on('message', (message) => {
        const { type, reason, data } = JSON.parse(String(message));
        if (type === 'data') resolve(data.text);
        if (type === 'refused') resolve(`refused: ${reason}`);
      });
    });
  } finally {
    socket.terminate();
  }
}

const ways: Record<string, (address: string, headers: Headers) => Promise<string>> = {
  EventSource: overEventSource,
  'a fetch stream': (address, headers) => overClient(address, headers, { transports: ['stream'] }),
  'long-polling': (address, headers) => overClient(address, headers, { transports: ['long-poll'] }),
  'a WebSocket by hand': overWebSocket,
  'a WebSocket of the client': (address, headers) =>
    overClient(address, headers, { transports: [webSocket(WebSocket as never)] }),
};

async function logIn(address: string, username: string, password: string): Promise<Response> {
  return fetch(`${address}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
}

const cookieOf = (response: Response): Headers => ({
  cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
});

const programs = ['express-session', 'passport', 'push-server'];

describe.skipIf(folder === undefined).each(programs)('the program with %s', (name) => {
  let program: Program;
  let address: string;
  let ann: Headers;

  beforeAll(async () => {
    program = start(shown, `${name}.mjs`);
    address = await program.address(60_000);
    ann = cookieOf(await logIn(address, 'ann', 'tea'));
  });
  afterAll(() => program?.kill());

  it.each(Object.entries(ways))(
    'lets who has logged in get what is theirs over %s, and nobody else',
    async (_way, get) => {
      expect(await get(address, ann)).toBe(greeting);
      expect(await get(address, {})).toMatch(/^refused: (?:please sign in|403)$/);
    },
  );

  it('keeps a stranger out who has a session, too', async () => {
    const bob = cookieOf(await logIn(address, 'bob', 'milk'));
    expect(await overClient(address, bob, {})).toMatch(/^refused: /);
  });
});

describe.skipIf(folder === undefined)('the program with express-session', () => {
  it('ends what a user listens to when they log out', async () => {
    const program = start(shown, 'express-session.mjs');
    const address = await program.address(60_000);
    const headers = cookieOf(await logIn(address, 'ann', ''));
    const client = createClient(`${address}/push`, { headers });
    const reasons: unknown[] = [];
    client.on('error', ({ reason }) => reasons.push(reason));
    await client.subscribe('/users/ann').ready;
    await fetch(`${address}/logout`, { method: 'POST', headers });
    await eventually('it is refused', () => client.state === 'closed', 20_000);
    expect(reasons).toContain('please sign in');
    await program.kill();
  });
});

describe.skipIf(folder === undefined)('the program with a JWT', () => {
  let program: Program;
  let address: string;
  let ann: Headers;

  beforeAll(async () => {
    program = start(shown, 'jwt.mjs');
    address = await program.address(60_000);
    const { token } = await (await logIn(address, 'ann', '')).json();
    ann = { authorization: `Bearer ${token}` };
  });
  afterAll(() => program?.kill());

  const ticketOf = async (headers: Headers): Promise<string> => {
    const response = await fetch(`${address}/ticket`, { method: 'POST', headers });
    return response.ok ? (await response.json()).ticket : String(response.status);
  };

  it.each(Object.entries(ways))(
    'lets who has one get what is theirs over %s, and nobody else',
    async (_way, get) => {
      expect(await get(address, ann)).toBe(greeting);
      expect(await get(address, { authorization: 'Bearer forged' })).toMatch(
        /^refused: (?:a ticket is needed|403)$/,
      );
    },
  );

  it('gives a ticket for what cannot send headers, which is good once', async () => {
    const [one, two, three] = [await ticketOf(ann), await ticketOf(ann), await ticketOf(ann)];
    expect(await overEventSource(address, {}, `&ticket=${one}`)).toBe(greeting);
    expect(await overEventSource(address, {}, `&ticket=${one}`)).toBe('refused: 403');
    expect(await overWebSocket(address, {}, `?ticket=${two}`)).toBe(greeting);
    expect(await overWebSocket(address, {}, '', { ticket: three })).toBe(greeting);
    expect(await overWebSocket(address, {}, '', { ticket: three })).toBe('refused: the ticket was used');
    expect(await ticketOf({})).toBe('401');
  });

  it('is listened to by the client and by the EventSource that the guide shows', async () => {
    const page = `${shown.get('page.js')}\n${shown.get('events.js')}`.replaceAll(local, address);
    const lines = page.replace('import {', "import { EventSource } from 'eventsource';\nimport {");
    const client = start(new Map([['client.mjs', lines]]), 'client.mjs');
    await eventually('both', () => client.output.split(greeting).length > 3, 20_000);
    await client.kill();
  });
});

describe.skipIf(folder === undefined)('the route of Next with a cookie', () => {
  // What Next does: it hands requests of fetch to the route.
  const host = `
import { serve } from '@hono/node-server';
import { SignJWT } from 'jose';
import { getHub } from 'cometkit/next';
import * as route from './app/push/route.ts';
const secret = new TextEncoder().encode('a long secret of your own');
const login = async () => {
  const token = await new SignJWT().setSubject('ann').setProtectedHeader({ alg: 'HS256' }).sign(secret);
  return new Response(null, { headers: { 'set-cookie': \`authjs.session-token=\${token}; Path=/\` } });
};
serve({ port: 3000, fetch: (request) => new URL(request.url).pathname === '/login' ? login() : route[request.method](request) });
setInterval(() => getHub().publish('/users/ann', { text: 'hello, ann' }), 200);
`;
  let program: Program;
  let address: string;
  let ann: Headers;

  beforeAll(async () => {
    program = start(new Map([...shown, ['host.ts', host]]), 'host.ts', ['--import', 'tsx']);
    address = await program.address(60_000);
    ann = cookieOf(await logIn(address, 'ann', ''));
  });
  afterAll(() => program?.kill());

  it.each(Object.entries(ways).slice(0, 3))(
    'lets who has it get what is theirs over %s, and nobody else',
    async (_way, get) => {
      expect(await get(address, ann)).toBe(greeting);
      expect(await get(address, { cookie: 'authjs.session-token=forged' })).toMatch(
        /^refused: (?:please sign in|403)$/,
      );
    },
  );
});
