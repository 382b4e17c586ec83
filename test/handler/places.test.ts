import { describe, expect, it } from 'vitest';
import { type Answer, type Stage, stage } from './kit.ts';

const open = { authorize: { subscribe: true } } as const;
const source = { query: 'subject=/a', headers: { accept: 'text/event-stream' } };

/** Opens a bare EventSource. */
const load = ({ send }: Stage, address?: string) => send({ ...source, ...(address && { address }) });
const isFull = ({ status, body }: Answer) => status === 503 || body.includes('too-many-sessions');

describe('a hub that is full of pages', () => {
  it('lets all of them be loaded again, at once and twice', async () => {
    const here = stage(open, { maxSessions: 20 });
    let pages = await Promise.all(Array.from({ length: 20 }, () => load(here)));
    for (let again = 0; again < 2; again += 1) {
      for (const { outlet } of pages) outlet.close();
      pages = await Promise.all(Array.from({ length: 20 }, () => load(here)));
      expect(pages.filter(isFull)).toEqual([]);
    }
    expect(isFull(await load(here))).toBe(true);
  });

  it.each([
    ['one address', (n: number) => `198.51.100.7:${n}`],
    ['one /64', (n: number) => `2001:db8:1:2::${n + 1}`],
    ['one /48', (n: number) => `2001:db8:1:${n}::1`],
  ])('serves others although %s holds every place', async (_what, addressOf) => {
    const here = stage({ ...open, joinRate: false }, { maxSessions: 8 });
    for (let n = 0; n < 8; n += 1) await load(here, addressOf(n));
    expect(isFull(await load(here, addressOf(9)))).toBe(true);
    for (let n = 0; n < 6; n += 1) expect(isFull(await load(here, `203.0.113.${n}`))).toBe(false);
  });

  it('keeps programs on this machine out of the count', async () => {
    const here = stage(open, { maxSessions: 4 });
    for (let n = 0; n < 4; n += 1) await load(here, '127.0.0.1');
    expect(isFull(await load(here, '203.0.113.1'))).toBe(true);
  });
});

describe('the session of a bare EventSource', () => {
  it('ends 15 s after its connection', async () => {
    const here = stage(open);
    const page = await load(here);
    await here.advance(60_000);
    page.outlet.close();
    await here.advance(14_000);
    expect([...here.hub.sessions()]).toHaveLength(1);
    await here.advance(2000);
    expect([...here.hub.sessions()]).toHaveLength(0);
  });

  it('lives for its lease as soon as its client has sent a request in it', async () => {
    const here = stage(open);
    const page = await here.send({ query: 'subject=/a' });
    const { session, key } = JSON.parse(page.body.split('\n')[0] ?? '');
    const body = JSON.stringify({ type: 'heartbeat', session, key });
    await here.send({ body, headers: { 'content-type': 'application/json' } });
    page.outlet.close();
    await here.advance(119_000);
    expect(here.hub.session(session)).toBeDefined();
    await here.advance(2000);
    expect(here.hub.session(session)).toBeUndefined();
  });
});
