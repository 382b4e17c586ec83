import { createHandler, createHub, type Handler, type HandlerOptions } from '@cometkit/handler';
import { MemoryRequest } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { rateLimitKey } from '../../packages/handler/src/address.ts';
import { JoinRateLimiter, joinLimiterOf } from '../../packages/handler/src/rate-limit.ts';
import { modern } from './delivery-kit.ts';
import { stage } from './kit.ts';

describe('an address that joins and joins', () => {
  it('opens what its rate allows and no more, while others join as ever', async () => {
    const world = stage({ joinRate: { perSecond: 10, burst: 50 } }, { embryonicLeaseMs: 15_000 });
    const join = (address: string) => world.get({ type: 'join', format: 'ndjson' }, { address });
    let [most, refused] = [0, 0];
    for (let second = 0; second < 60; second += 1) {
      for (let n = 0; n < 50; n += 1) if ((await join('203.0.113.9')).status === 503) refused += 1;
      expect((await join(`198.51.100.${second}`)).status).toBe(200);
      most = Math.max(most, world.hub.stats().sessions);
      await world.advance(1000);
    }
    // Of 3 000: the burst, and ten for each second after the first.
    expect(3000 - refused).toBe(50 + 59 * 10);
    // Nobody stays who does not listen: what lives is what fits into one short lease.
    expect(most).toBeLessThanOrEqual(50 + 16 * 11);
  });

  it.each([
    [{ burst: 2 }, 2],
    [{ perSecond: 0.001 }, 2000],
    [{}, 2000],
  ])('is limited also by a rate that names not all: %j', (joinRate, burst) => {
    const hub = createHub();
    const limiter = joinLimiterOf(hub, joinRate, () => 0);
    for (let n = 0; n < burst; n += 1) limiter?.pass('203.0.113.9');
    expect(() => limiter?.pass('203.0.113.9')).toThrow('too many joins from this address');
    hub.close();
  });

  it.each([
    ['ndjson', 503, '15', /"code":"too-busy"/],
    ['sse', 200, undefined, /"code":"too-busy".*\n\nretry: 15000\n\n$/s],
    ['xml', 200, undefined, /p_event="nack" p_reason="too many joins from this address"/],
    ['xml-strict', 200, undefined, /p_event="nack"/],
  ])('is told so in %s, before any hook is asked', async (format, status, retryAfter, body) => {
    let asked = 0;
    const join = () => {
      asked += 1;
      return true;
    };
    const { get, hub } = stage({ authorize: { join }, joinRate: { perSecond: 1, burst: 1 } });
    const tries = () => get({ type: 'join-listen', subject: '/a', format });
    await tries();
    const answer = await tries();
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, retryAfter]);
    expect(answer.body).toMatch(body);
    expect([asked, hub.stats().sessions]).toEqual([1, 1]);
  });

  it('may go on with the session that it has, and join again when a second has passed', async () => {
    const world = stage({ joinRate: { perSecond: 1, burst: 1 } });
    const alice = await modern(world);
    expect((await alice.sends('heartbeat')).status).toBe(200);
    expect((await world.get({ type: 'join', format: 'ndjson' })).status).toBe(503);
    await world.advance(1000);
    expect((await world.get({ type: 'join', format: 'ndjson' })).status).toBe(200);
  });

  it.each(['127.0.0.1', '::1', ''])('is let through from %j', async (address) => {
    const { get } = stage({ joinRate: { perSecond: 1, burst: 1 } });
    for (let n = 0; n < 10; n += 1)
      expect((await get({ type: 'join', format: 'ndjson' }, { address })).status).toBe(200);
  });

  it('is let through where the rate is turned off', async () => {
    const { get, hub } = stage({ joinRate: false });
    for (let n = 0; n < 2100; n += 1) await get({ type: 'join', format: 'ndjson' });
    expect(hub.stats().sessions).toBe(2100);
  });
});

describe('a second handler of a hub', () => {
  const joinAt = async (handler: Handler) =>
    (await handler.handle(new MemoryRequest({ query: 'p_event=join&p_format=xml', address: '203.0.113.9' })))
      .status;
  const joins = async (first: HandlerOptions, second: HandlerOptions) => {
    const { hub, runtime, handler } = stage(first);
    const other = createHandler(hub, { runtime, ...second });
    for (let n = 0; n < 10; n += 1) for (const one of [handler, other]) await joinAt(one);
    return hub.stats().sessions;
  };
  const rate = { perSecond: 1, burst: 5 };

  it('does not let an address in twice as often', async () => {
    expect(await joins({ joinRate: rate }, {})).toBe(5);
    expect(await joins({}, { joinRate: rate })).toBe(5);
    expect(await joins({ joinRate: rate }, { joinRate: { ...rate } })).toBe(5);
  });

  it('has a rate of its own, or none, where it says so', async () => {
    expect(await joins({ joinRate: rate }, { joinRate: { perSecond: 1, burst: 2 } })).toBe(7);
    expect(await joins({ joinRate: rate }, { joinRate: false })).toBe(15);
  });
});

describe('a gate for joins', () => {
  it('remembers the addresses that joined last, in bounded memory', () => {
    const gate = new JoinRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
    for (let n = 0; n < 100_000; n += 1) {
      gate.pass(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
      if (n === 0) expect(() => gate.pass('10.0.0.0')).toThrow('[too-busy]');
    }
    expect(gate.size).toBe(4096);
    expect(() => gate.pass('10.1.134.159')).toThrow('[too-busy]');
  });

  it('keeps an attacker in mind who goes on, whatever the others do', () => {
    const gate = new JoinRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
    gate.pass('203.0.113.9');
    for (let n = 0; n < 20_000; n += 1) {
      gate.pass(`10.0.${n >> 8}.${n & 255}`);
      if (n % 1000 === 0) expect(() => gate.pass('203.0.113.9')).toThrow('[too-busy]');
    }
  });

  it('gathers no more than a burst, however long nobody comes', () => {
    let now = 0;
    const gate = new JoinRateLimiter({ perSecond: 0.5, burst: 2 }, () => now);
    now = 3_600_000;
    for (let n = 0; n < 2; n += 1) gate.pass('203.0.113.9');
    expect(() => gate.pass('203.0.113.9')).toThrow('[too-busy]');
    now += 1999;
    expect(() => gate.pass('203.0.113.9')).toThrow('[too-busy]');
    now += 1;
    gate.pass('203.0.113.9');
  });
});

describe('those who count as one', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::7', '2001:db8:1:2'],
    ['2001:db8::', '2001:db8:0:0'],
    ['2001:db8::5:6:7:8', '2001:db8:0:0'],
    ['::2', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['127.8.8.8', undefined],
    ['::ffff:127.0.0.1', undefined],
    ['::1', undefined],
    ['', undefined],
  ])('%s is of %s', (address, expected) => {
    expect(rateLimitKey(address)).toBe(expected);
  });

  it('are named shortly, whatever a proxy says', () => {
    expect(rateLimitKey('x'.repeat(100_000))?.length).toBeLessThan(70);
    expect(rateLimitKey(':'.repeat(100_000))?.length).toBeLessThan(70);
  });
});

describe('the option joinRate', () => {
  it.each([
    { perSecond: 0, burst: 1 },
    { perSecond: 1, burst: 0 },
    { perSecond: Number.NaN, burst: 1 },
    { perSecond: 1, burst: 1.5 },
    { perSecond: Number.POSITIVE_INFINITY, burst: 1 },
  ])('is refused as %j', (joinRate) => {
    expect(() => stage({ joinRate })).toThrow(RangeError);
  });
});
