import http from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import type { Holdings } from './small-server.ts';

const megabyte = 1_048_576;

interface Member {
  readonly session: string;
  readonly key: string;
}

/** Sends requests over a few connections, each answer read. */
class Attacker {
  readonly #port: number;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  refused = 0;

  constructor(port: number) {
    this.#port = port;
    onTestFinished(() => this.#agent.destroy());
  }

  ask(fields: object): Promise<string> {
    const body = JSON.stringify({ format: 'ndjson', ...fields });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const where = { port: this.#port, path: '/push', method: 'POST', agent: this.#agent, headers };
    return new Promise((resolve, reject) => {
      const request = http.request(where, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  async joins(): Promise<Member> {
    const { session, key } = JSON.parse((await this.ask({ type: 'join' })).split('\n')[0] ?? '');
    return { session, key };
  }

  /** As many patterns as a session may have, of 14 segments of their own each. */
  async subscribes({ session, key }: Member): Promise<void> {
    for (let part = 0; part < 2; part += 1) {
      const commands = Array.from({ length: 50 }, (_, n) => {
        const segments = Array.from(
          { length: 14 },
          (_, depth) => `${session.slice(0, 8)}${part}${n}${depth}`,
        );
        return { type: 'subscribe', subject: `/${segments.join('/')}/*` };
      });
      const said = await this.ask({ type: 'batch', session, key, commands });
      this.refused += said.split('"code":"').length - 1;
    }
  }

  /** Asks for all of the past and reads nothing. */
  asksAndLeaves(): void {
    const where = { port: this.#port, path: '/push?subject=/past&last=1000&format=ndjson', agent: false };
    const request = http.get(where, (response) => response.pause());
    request.on('error', () => undefined);
    onTestFinished(() => void request.destroy());
  }
}

/** One who listens to the live events, and what it has got. */
function listener(port: number): number[] {
  const seen: number[] = [];
  const request = http.get({ port, path: '/push?subject=/live&format=ndjson', agent: false }, (response) => {
    response.setEncoding('utf8');
    let rest = '';
    response.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { type, data } = JSON.parse(line);
        if (type === 'data') seen.push(data);
        if (type === 'gap') seen.push(Number.NaN);
      }
    });
  });
  onTestFinished(() => void request.destroy());
  return seen;
}

it('a server of 512 MB that 600 hostile sessions fill serves everybody else', {
  timeout: 240_000,
}, async () => {
  const child = new Child(new URL('small-server.ts', import.meta.url), ['--max-old-space-size=512']);
  onTestFinished(() => child.end());
  const { port } = await child.message<{ port: number }>();
  const others = Array.from({ length: 20 }, () => listener(port));
  await eventually('the others are there', () => others.every(({ length }) => length > 0));

  const attacker = new Attacker(port);
  for (let n = 0; n < 40; n += 1) attacker.asksAndLeaves();
  let left = 600;
  const hostile = async () => {
    while (left > 0) {
      left -= 1;
      await attacker.subscribes(await attacker.joins());
    }
  };
  await Promise.all(Array.from({ length: 8 }, hostile));

  const holdings = await child.ask<Holdings>('holdings');
  expect(holdings.subscriptions + attacker.refused).toBeGreaterThanOrEqual(60_000);
  expect(holdings.sessionBytes).toBeLessThan(600 * 33_000);
  expect(holdings.most).toBeLessThan(512 * megabyte);
  // Everything, in order, and no gap.
  for (const seen of others) {
    await eventually('the last event', () => (seen.at(-1) ?? 0) >= holdings.said - 1);
    expect(seen).toEqual(seen.map((_, n) => (seen[0] ?? 0) + n));
  }
  // A newcomer is served like anybody.
  const newcomer = await attacker.joins();
  const said = await attacker.ask({ type: 'subscribe', subject: '/past', last: 10, ...newcomer });
  expect(said.split('\n').filter((line) => line.includes('"type":"data"'))).toHaveLength(10);
  expect(child.alive).toBe(true);
});
