import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../../bench/systems/certificate.mjs';
import { unusedPort } from '../support/unused-port.ts';
import { typed } from './kit.ts';

vi.setConfig({ testTimeout: 60_000 });

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server of TCP that answers whoever connects with these bytes, and ends. */
async function saying(bytes: string): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined).end(bytes, () => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

const places: readonly [string, () => Promise<string>, RegExp][] = [
  [
    'nobody listens',
    async () => `http://127.0.0.1:${await unusedPort()}`,
    /nothing listens there: see that the server runs/,
  ],
  [
    'the name is unknown',
    async () => 'http://nobody.invalid',
    /the name of the host (?:is not known|cannot be)/,
  ],
  [
    'the certificate is its own',
    async () => {
      const server = https.createServer(makeCertificate()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      closers.push(() => new Promise((resolve) => server.close(resolve)));
      return `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    },
    /its certificate is signed by itself: name it in NODE_EXTRA_CA_CERTS/,
  ],
  [
    'it is no TLS',
    async () => (await saying('HTTP/1.1 400 Bad\r\n\r\n')).replace('http:', 'https:'),
    /try http:/,
  ],
  ['it is no HTTP', () => saying('SSH-2.0-OpenSSH_9.9\r\n'), /it does not speak HTTP\/1\.1 there/],
  [
    'it says nothing and goes',
    () => saying(''),
    /the connection was cut without an answer: the server has ended/,
  ],
  ['fetch does not ask that port', async () => 'http://127.0.0.1:6000', /ask nobody at this port/],
];

describe('where a redirect leads elsewhere', () => {
  it.each([
    ['publish', '/a', '1'],
    ['publish', '/a', '-', '--lines'],
    ['bench', '--clients', '2'],
    ['listen'],
  ])('%s %s says so at once', async (name, ...more) => {
    const place = await saying(
      'HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n',
    );
    const begin = performance.now();
    const { code, err } = await typed([name, `${place}/push`, ...more], { input: '1\n2\n' });
    expect([code, performance.now() - begin < 5000]).toEqual([1, true]);
    expect(err).toMatch(/redirect to https:\/\/elsewhere\.example\/?.*use the address that it leads to/);
  });
});

describe.each(places)('where %s', (_where, place, sentence) => {
  it.each([
    ['listen', '--timeout', '1'],
    ['inspect', '--once'],
    ['publish', '/a', '1', '--timeout', '1'],
    ['doctor'],
  ])('%s says why, and what to do, in one line', async (name, ...more) => {
    const url = `${await place()}/push`;
    if (name === 'doctor' && url.includes(':6000/')) return;
    const { code, out, err } = await typed([name, url, ...more]);
    expect(code).toBe(1);
    const said = `${err}${out}`.split('\n').filter((line) => /^(?:error:|BAD)/.test(line));
    expect(said).toEqual([expect.stringMatching(sentence)]);
  });
});
