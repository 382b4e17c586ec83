import { describe, expect, it } from 'vitest';
import { hidesClient, isPrivate, normalAddress } from '../../packages/handler/src/address.ts';
import { stage } from './kit.ts';

describe('a network address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    [' 203.0.113.9:4711 ', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:80', '203.0.113.9'],
    ['::FFFF:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:cb00:7109', '203.0.113.9'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['[::1]:8080', '::1'],
    ['2001:0DB8:0001::7', '2001:db8:1::7'],
    ['[2001:db8:1::7]', '2001:db8:1::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['', ''],
    [undefined, ''],
    [['10.0.0.1'], ''],
    ['unknown', 'unknown'],
    ['::1::', '::1::'],
  ])('%j is written as %j', (given, expected) => {
    expect(normalAddress(given)).toBe(expected);
    expect(normalAddress(normalAddress(given))).toBe(expected);
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
  ])('%s is of a private network', (address) => expect(isPrivate(address)).toBe(true));

  it.each(['203.0.113.9', '172.32.0.1', '100.128.0.1', '2001:db8::1', 'fd', 'unknown', ''])(
    '%j is not',
    (address) => expect(isPrivate(address)).toBe(false),
  );
});

describe('the address of a request', () => {
  const request = (address: string, headers: Record<string, string>) => ({
    address,
    header: (name: string) => headers[name],
  });

  it.each([
    ['127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }, true],
    ['127.0.0.1', { forwarded: 'for="[2001:db8::1]:4711";proto=https, for=10.0.0.1' }, true],
    ['10.0.0.1', { 'x-real-ip': '203.0.113.9' }, true],
    ['10.0.0.1', { 'x-forwarded-for': '10.0.0.9' }, true],
    // A client cannot make itself believed: the proxy adds the true one behind.
    ['127.0.0.1', { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' }, true],
    ['127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }, false],
    ['127.0.0.1', {}, false],
    // A proxy that is believed, and a client of its network.
    ['10.0.0.9', { 'x-forwarded-for': '203.0.113.5, 10.0.0.9, 10.0.0.1' }, false],
    ['203.0.113.9', { 'x-forwarded-for': '203.0.113.9' }, false],
    ['', { 'x-forwarded-for': '203.0.113.9' }, false],
  ])('%s with %j is that of a proxy which is not believed: %s', (address, headers, hidden) => {
    expect(hidesClient(request(address, headers as Record<string, string>))).toBe(hidden);
  });
});

describe('clients behind a proxy that is not believed', () => {
  const behind = { address: '127.0.0.1', headers: { 'x-forwarded-for': '203.0.113.9' } };

  it('cannot use the session of another by its public id, for their address proves nothing', async () => {
    const { join, get } = stage();
    const victim = await join('xml-strict', behind);
    const stolen = await get(
      { type: 'heartbeat', session: victim.id },
      { ...behind, headers: { 'x-forwarded-for': '198.51.100.1' } },
    );
    expect(stolen.status).toBe(400);
    expect((await victim.does('heartbeat')).status).toBe(200);
  });

  it('are limited together', async () => {
    const { get, errors } = stage({ joinRate: { perSecond: 1, burst: 2 } });
    const join = (client: number) =>
      get(
        { type: 'join', format: 'ndjson' },
        { ...behind, headers: { 'x-forwarded-for': `203.0.113.${client}` } },
      );
    const statuses = [];
    for (let client = 0; client < 4; client += 1) statuses.push((await join(client)).status);
    expect(statuses).toEqual([200, 200, 503, 503]);
    // Said once.
    expect(errors.map(String)).toEqual([expect.stringContaining('trust proxy')]);
  });

  it('are known by their address where the proxy is believed', async () => {
    const { join, get } = stage();
    const alice = await join('xml-strict', {
      address: '203.0.113.9:4711',
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    expect(
      (await get({ type: 'heartbeat', session: alice.id }, { address: '::ffff:203.0.113.9' })).status,
    ).toBe(200);
    expect((await get({ type: 'heartbeat', session: alice.id }, { address: '203.0.113.8' })).status).toBe(
      400,
    );
  });
});

describe('joins that wait for their hook', () => {
  it('are bounded, and fewer for one address', async () => {
    let decide: (() => void)[] = [];
    const join = () => new Promise<boolean>((resolve) => void decide.push(() => resolve(true)));
    const { get } = stage({ authorize: { join }, maxPendingJoins: 8 });
    const asks = (address: string) => get({ type: 'join', format: 'ndjson' }, { address });
    const waiting = Array.from({ length: 4 }, (_, n) => asks(n < 2 ? '203.0.113.9' : `198.51.100.${n}`));
    expect((await asks('203.0.113.9')).status).toBe(503);
    waiting.push(...Array.from({ length: 4 }, (_, n) => asks(`192.0.2.${n}`)));
    expect((await asks('203.0.113.77')).status).toBe(503);
    for (const one of decide) one();
    for (const answer of waiting) expect((await answer).status).toBe(200);
    decide = [];
    const later = asks('203.0.113.9');
    for (const one of decide) one();
    expect((await later).status).toBe(200);
  });
});
