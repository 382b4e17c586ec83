import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '@cometkit/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;
let firewall: Server;
let client: Client;
/** Bodies of the requests that came so far, and those among them that are turned away. */
let bodies: string[] = [];
let blocks: (body: string) => boolean = () => false;

// A proxy that reads every body before it lets it through, as firewalls for web applications do.
beforeEach(async () => {
  server = await RealServer.start({}, { maxSubscriptions: 400 });
  [bodies, blocks] = [[], () => false];
  firewall = createServer(async (asked, answer) => {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    bodies.push(String(body));
    if (blocks(String(body))) {
      answer.writeHead(403, { 'content-type': 'text/html' }).end('<h1>Blocked</h1>');
      return;
    }
    const { method, headers } = asked;
    const on = request(server.url, { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    on.on('error', () => answer.destroy());
    answer.on('close', () => on.destroy());
    on.end(body);
  });
  await new Promise<void>((resolve) => firewall.listen(0, '127.0.0.1', resolve));
  client = createClient(`http://127.0.0.1:${(firewall.address() as AddressInfo).port}/push`);
});

afterEach(async () => {
  await client.close();
  firewall.closeAllConnections();
  await new Promise((resolve) => firewall.close(resolve));
  await server.close();
});

describe('a firewall in front of the server that dislikes a word', () => {
  it('ends the one message with a code and its status, and holds up nothing else', async () => {
    const got: unknown[] = [];
    const all = client.subscribe('/a');
    all.on(({ data }) => got.push(data));
    await all.ready;
    blocks = (body) => body.includes('DROP TABLE');
    const bad = client.publish('/a', "'; DROP TABLE users").catch((error: unknown) => error);
    const good = client.publish('/a', 'fine');
    const later = client.subscribe('/b').ready;
    expect(await bad).toMatchObject({ code: 'refused', status: 403, serverCode: undefined });
    await Promise.all([good, later]);
    await until(() => got.length === 1);
    expect([got, client.state]).toEqual([['fine'], 'open']);
  });

  it('ends the one subscription among those that travel with it', async () => {
    await client.subscribe('/first').ready;
    blocks = (body) => body.includes('/etc/passwd');
    const asked = ['/a', '/etc/passwd', '/b'].map((pattern) => client.subscribe(pattern).ready);
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  }, 20_000);

  it('that turns everything away for a while, as a portal does, loses no message', async () => {
    await client.subscribe('/a').ready;
    blocks = () => true;
    const kept = client.publish('/a', 'kept');
    await until(() => bodies.length >= 6);
    blocks = () => false;
    await kept;
  }, 20_000);
});

describe('subscriptions made in one turn', () => {
  const commands = () => bodies.map((body) => (JSON.parse(body) as { type: string }).type);

  it('travel together with those made before the session was joined: two round trips for 300', async () => {
    const all = Array.from({ length: 300 }, (_, n) => client.subscribe(`/row/${n}`).ready);
    await Promise.all(all);
    expect(commands().filter((command) => command !== 'listen')).toEqual(['join', 'batch']);
  });

  it('travel together on a client that is open, and so do their ends', async () => {
    await client.subscribe('/first').ready;
    bodies.length = 0;
    const all = Array.from({ length: 50 }, (_, n) => client.subscribe(`/row/${n}`));
    await Promise.all(all.map(({ ready }) => ready));
    for (const one of all) one.unsubscribe();
    await until(() => server.hub.stats().subscriptions === 1);
    expect(commands().filter((command) => /batch|subs/.test(command))).toEqual(['batch', 'batch']);
  });
});
