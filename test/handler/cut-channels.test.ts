import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const refusing = { authorize: { subscribe: false } } as const;
const listening = { p_event: 'join-listen', p_format: 'xml', p_subject: '/a' };

describe('a refused data channel in xml', () => {
  it('opens with a nack and is cut off, and the same request gets a status when it comes at once', async () => {
    const { get } = stage(refusing);
    const first = await get(listening);
    expect([first.status, first.outlet.ended, first.outlet.destroyed]).toEqual([200, false, true]);
    expect(first.outlet.text).toMatch(
      /^<event p_event="nack" p_reason="subscribing is not authorized" p_time="\d+" \/>$/,
    );
    expect((await get(listening)).status).toBe(400);
    expect((await get(listening)).status).toBe(200);
  });

  it('is judged anew: what is allowed meanwhile is opened', async () => {
    let allowed = false;
    const { get } = stage({ authorize: { subscribe: () => allowed } });
    expect((await get(listening)).outlet.destroyed).toBe(true);
    allowed = true;
    const second = await get(listening);
    expect([second.status, second.outlet.destroyed]).toEqual([200, false]);
  });

  it.each([
    ['from another address', { address: '198.51.100.7' }, 0, {}],
    ['for another subject', {}, 0, { p_subject: '/b' }],
    ['after 2 s', {}, 2000, {}],
  ])('opens again %s', async (_what, options, pause, fields) => {
    const { get, advance } = stage(refusing);
    await get(listening);
    await advance(pause);
    expect((await get({ ...listening, ...fields }, options)).status).toBe(200);
  });

  it('is let go of when its reader takes nothing, and closing waits for it no longer than for others', async () => {
    const { get, handler } = stage(refusing);
    await get(listening);
    await handler.close();
  });
});

describe('an xml stream that ends without a word', () => {
  it('is cut off when its session leaves', async () => {
    const { join } = stage();
    const alice = await join();
    const channel = await alice.does('listen', { p_subject: '/a' });
    await alice.does('leave');
    expect([channel.outlet.ended, channel.outlet.destroyed]).toEqual([false, true]);
    expect((await alice.does('listen', { p_subject: '/a' })).status).toBe(400);
  });

  it('is cut off when another takes its place, and cannot take it back at once', async () => {
    const { join, hub } = stage();
    const alice = await join();
    const first = await alice.does('listen', { p_subject: '/a' });
    const second = await alice.does('listen', { p_subject: '/a' });
    expect(first.outlet.destroyed).toBe(true);
    expect((await alice.does('listen', { p_subject: '/a' })).status).toBe(400);
    expect([second.outlet.destroyed, hub.stats().attached]).toEqual([false, 1]);
    expect((await alice.does('listen', { p_subject: '/a' })).status).toBe(200);
  });

  it('is cut off only when everything that was written has left', async () => {
    const { join, hub, turn } = stage();
    const alice = await join();
    const { outlet } = await alice.does('listen', { p_subject: '/a' });
    outlet.congest();
    hub.publish('/a', { n: 1 });
    await turn();
    await alice.does('leave');
    expect(outlet.destroyed).toBe(false);
    outlet.drain();
    expect([outlet.destroyed, outlet.text.includes('n="1"')]).toEqual([true, true]);
  });

  it('ends cleanly in the other formats', async () => {
    const { join } = stage();
    const alice = await join('js');
    const { outlet } = await alice.does('listen', { p_subject: '/a' });
    await alice.does('leave');
    expect([outlet.ended, outlet.destroyed]).toEqual([true, false]);
  });
});
