import http from 'node:http';
import { createHub, createNodeHandler } from '@cometkit/node';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { singleLine } from '../../packages/node/src/header-lines.ts';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';
import { connectRaw } from '../support/raw-socket.ts';

const names = [
  'host',
  'Cookie',
  'cookie',
  'Origin',
  'X-Forwarded-For',
  'x-token',
  'Set-Cookie',
  '__proto__',
  'age',
];
const asked = [...names.map((name) => name.toLowerCase()), 'accept', 'constructor', ''];

describe('a header that is read from its line', () => {
  it('is the first and only one of its name, whatever the case', () => {
    const lines = ['Host', 'a', 'X-Token', '', 'cookie', 'x=1', 'Cookie', 'y=2'];
    expect(singleLine(lines, 'host')).toBe('a');
    expect(singleLine(lines, 'x-token')).toBe('');
    expect(singleLine(lines, 'accept')).toBe(null);
    expect(singleLine(lines, 'cookie')).toBe(undefined);
    expect(singleLine(new Array(130).fill('x'), 'y')).toBe(undefined);
  });
});

describe('the headers that hooks see of an attached handler', () => {
  const seen: Record<string, string | undefined>[] = [];
  const look = ({ request }: { request: { header(name: string): string | undefined } }) => {
    seen.push(Object.fromEntries(asked.map((name) => [name, request.header(name)])));
    return false;
  };
  let server: DisposableServer;

  beforeAll(async () => {
    const [attached, mounted] = ['/push', '/mounted'].map((path) =>
      createNodeHandler(createHub(), { path, origins: ['*'], authorize: { join: look } }),
    );
    const made = http.createServer(mounted);
    attached?.attach(made);
    server = await disposableServer(made, '');
  });
  afterAll(() => server.close());

  it('are those that any other would see', async () => {
    const value = fc.stringMatching(/^[\x21-\x7e]{0,8}$/);
    const lines = fc.array(fc.tuple(fc.constantFrom(...names.slice(1)), value), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lines, async (given) => {
        for (const path of ['/push', '/mounted']) {
          const socket = await connectRaw(server.port);
          const headers = given.map(([name, text]) => `${name}: ${text}\r\n`).join('');
          socket.write(
            `GET ${path}?subject=/a HTTP/1.1\r\nHost: a.example\r\n${headers}Connection: close\r\n\r\n`,
          );
          await socket.until('\r\n\r\n');
          socket.reset();
        }
        const [attached, mounted] = seen.splice(0);
        expect(attached).toEqual(mounted);
        return attached?.['host'] === undefined || attached['host'] === 'a.example';
      }),
      { numRuns: 60 },
    );
  });
});
