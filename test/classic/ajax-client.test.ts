import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { skipsChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import {
  awaitCall,
  awaitCalls,
  type ClientPage,
  callsOf,
  closeBrowser,
  type Engine,
  engines,
} from './kit/engines.ts';
import { type ClassicServer, type ClassicServerOptions, startClassicServer } from './kit/server.ts';

// Browsers, compilers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const skipped = skipsChromium('the AJAX client in a browser is');
const kinds = (['jsdom', 'Chromium'] as const).filter((kind) => kind === 'jsdom' || !skipped);
const clients = kinds.flatMap((kind) => ['1.7', '1.3'].map((version) => [version, kind] as const));

afterAll(closeBrowser);

describe.each(clients)('the AJAX client %s in %s', (version, kind) => {
  let server: ClassicServer;
  let engine: Engine;
  let page: ClientPage;

  beforeEach(async () => {
    engine = await engines[kind]();
  });

  afterEach(async () => {
    await engine.close();
    await server.close();
  });

  async function start(options: ClassicServerOptions = {}): Promise<void> {
    server = await startClassicServer(options);
    page = await engine.open(`${server.origin}/pushlet/ajax.html#${version}`);
  }

  async function listening(subject: string): Promise<string> {
    await page.run(`PL.joinListen('${subject}')`);
    await awaitCall(page, version === '1.7' ? 'onJoinListenAck' : 'onListenAck');
    return page.run<string>('PL.sessionId');
  }

  it('joins, listens and gets data with all their fields', async () => {
    await start();
    const id = await listening('/demo');
    expect(await page.run('PL.state')).toBe(3);
    server.hub.publish('/demo/a', { bid: 1.07, text: 'hello' });
    const data = await awaitCall(page, 'onData');
    const [ack] = (await callsOf(page)).filter(({ callback }) => callback.endsWith('ListenAck'));
    expect(ack?.fields).toMatchObject({ p_id: id, p_mode: 'pull', p_format: 'xml-strict' });
    expect(ack?.fields).toMatchObject({ p_time: expect.stringMatching(/^\d{10}$/) });
    expect(data).toEqual({
      p_event: 'data',
      p_subject: '/demo/a',
      p_sid: ack?.fields['p_sid'],
      p_seq: '1',
      p_time: expect.stringMatching(/^\d{10}$/),
      bid: '1.07',
      text: 'hello',
    });
  });

  it('comes back after p_wait, never with two loops, and p_seq begins anew each time', async () => {
    await start({ handler: { longPollWaitMs: { min: 300, max: 310 } } });
    await listening('/demo');
    await eventually('a held refresh', () => server.asked('refresh').length === 1);
    for (const n of [1, 2, 3]) {
      server.hub.publish('/demo', { n });
      await awaitCalls(page, 'onData', n);
    }
    const data = await awaitCalls(page, 'onData', 3);
    expect(data.map((fields) => [fields['n'], fields['p_seq']])).toEqual([
      ['1', '1'],
      ['2', '1'],
      ['3', '1'],
    ]);
    const rounds = server.asked('refresh');
    const waits = rounds.slice(1).map(({ began }, index) => began - (rounds[index]?.ended ?? 0));
    for (const wait of waits) expect(wait).toBeGreaterThan(200);
  });

  it('gets what was published between two answers in one answer, in order', async () => {
    await start({ handler: { longPollWaitMs: { min: 100, max: 100 } } });
    await listening('/demo');
    for (const n of [1, 2, 3, 4]) server.hub.publish('/demo', { n });
    const data = await awaitCalls(page, 'onData', 4);
    expect(data.map((fields) => fields['n'])).toEqual(['1', '2', '3', '4']);
    expect(data.map((fields) => fields['p_seq'])).toEqual(['1', '2', '3', '4']);
  });

  it('sees itself as p_from of what it publishes, and never anybody as p_id', async () => {
    await start();
    const id = await listening('/demo');
    await page.run(`PL.publish('/demo', 'p_id=forged&p_from=forged&p_seq=99&p_label=forged&x=1')`);
    const data = await awaitCall(page, 'onData');
    expect(data).toMatchObject({ p_from: id, x: '1', p_seq: '1' });
    expect(Object.keys(data)).not.toContain('p_id');
    expect(Object.keys(data)).not.toContain('p_label');
  });

  it('sends its commands in parallel and hears nothing of publish-ack', async () => {
    await start();
    await listening('/demo');
    await page.run(`for (let n = 0; n < 6; n += 1) PL.publish('/demo', 'n=' + n)`);
    const data = await awaitCalls(page, 'onData', 6);
    expect(data.map((fields) => fields['n']).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect((await callsOf(page)).map(({ callback }) => callback)).not.toContain('onEvent');
  });

  it('gets back the text that it did not encode', async () => {
    await start();
    await listening('/demo');
    const text = `5 < 6 > 4 "quoted" 'single' {a|b} ^ \` \\ back, ü€😀 ñ/?;:@!$*()`;
    await page.run(`PL.publish('/demo', ${JSON.stringify(`text=${text}`)})`);
    expect((await awaitCall(page, 'onData'))['text']).toBe(text);
  });

  it('has its heartbeat answered', async () => {
    await start();
    await listening('/demo');
    await page.run('PL.heartbeat()');
    await awaitCall(page, 'onHeartbeatAck');
    expect(server.asked(version === '1.7' ? 'hb' : 'heartbeat')).toHaveLength(1);
    server.hub.publish('/demo', { still: 'here' });
    await awaitCall(page, 'onData');
  });

  it('subscribes by plain prefixes in comma lists, with labels, and unsubscribes', async () => {
    await start();
    await listening('/quiet');
    await page.run(`PL.subscribe('/fx,/st', 'my label')`);
    const ack = await awaitCall(page, 'onSubscribeAck');
    expect(ack).toMatchObject({ p_subject: '/fx,/st', p_label: 'my label', p_sid: expect.any(String) });
    server.hub.publish('/fxrates/eur', { n: 1 });
    server.hub.publish('/other', { n: 2 });
    server.hub.publish('/stocks', { n: 3 });
    const data = await awaitCalls(page, 'onData', 2);
    expect(data.map(({ n, p_sid, p_label }) => [n, p_sid, p_label])).toEqual([
      ['1', ack['p_sid'], 'my label'],
      ['3', ack['p_sid'], 'my label'],
    ]);
    await page.run(`PL.unsubscribe('${ack['p_sid']}')`);
    const gone = await awaitCall(page, 'onUnsubscribeAck');
    expect(gone).toMatchObject({ p_sid: ack['p_sid'], p_subject: '/fx,/st', p_label: 'my label' });
    await page.run('PL.unsubscribe()');
    await awaitCalls(page, 'onUnsubscribeAck', 2);
    expect(server.hub.stats().subscriptions).toBe(0);
  });

  it('addresses one session with p_to, its own too, and needs no subscription for it', async () => {
    await start();
    const id = await listening('/quiet');
    await page.run(`PL.publish('/direct', 'p_to=${id}&n=1'); PL.publish('/direct', 'p_to=nobody&n=2')`);
    const data = await awaitCall(page, 'onData');
    expect(data).toMatchObject({ p_subject: '/direct', p_to: id, p_from: id, n: '1' });
    expect(Object.keys(data)).not.toContain('p_sid');
    expect(await callsOf(page, 'onNack')).toEqual([]);
  });

  it('is told in a nack what it may not do, and goes on', async () => {
    await start();
    const id = await listening('/demo');
    await page.run(`PL.publish('', 'x=1'); PL.unsubscribe('nosuchsid'); PL.publish('/demo', 'length=1')`);
    const nacks = await awaitCalls(page, 'onNack', 3);
    for (const nack of nacks) expect(nack).toMatchObject({ p_id: id, p_reason: expect.any(String) });
    expect(nacks.map((nack) => nack['p_reason'])).toContain('no subject provided');
    server.hub.publish('/demo', { still: 'here' });
    await awaitCall(page, 'onData');
  });

  it('leaves, and its loop ends without an error', async () => {
    await start();
    const id = await listening('/demo');
    await eventually('a held refresh', () => server.asked('refresh').length === 1);
    await page.run('PL.leave()');
    expect(await awaitCall(page, 'onLeaveAck')).toMatchObject({ p_id: id });
    await eventually('the end of the held refresh', () => (server.asked('refresh')[0]?.ended ?? 0) > 0);
    expect(await page.run('PL.state')).toBe(2);
    expect(await callsOf(page, 'onError')).toEqual([]);
    expect(server.hub.stats().sessions).toBe(0);
  });

  it('fails for good on the 400 that an ended session gets', async () => {
    await start({ handler: { longPollWaitMs: { min: 300, max: 300 } } });
    await listening('/demo');
    for (const session of [...server.hub.sessions()]) server.hub.leave(session);
    expect(await awaitCall(page, 'onError')).toMatchObject({ p_reason: 'status 400' });
    const asked = server.seen.length;
    await page.run(`PL.publish('/demo', 'x=1')`);
    expect(await page.run('PL.state')).toBe(-2);
    expect(server.seen).toHaveLength(asked);
  });

  it('gets abort in its held refresh when the server shuts down, instead of a cut', async () => {
    await start();
    await listening('/demo');
    await eventually('a held refresh', () => server.asked('refresh').length === 1);
    await server.shutDown();
    expect(await awaitCall(page, 'onAbort')).toMatchObject({ p_event: 'abort' });
    expect(await callsOf(page, 'onError')).toEqual([]);
    expect(await page.run('PL.state')).toBe(-2);
  });

  it('ends its loop silently at a document that cannot be parsed, which the server never sends', async () => {
    await start();
    await listening('/demo');
    await eventually('a held refresh', () => server.asked('refresh').length === 1);
    server.spoilNext('refresh', 'text/xml', '<pushlet><event p_event="refresh" p_wait="1" 5="x"/></pushlet>');
    server.hub.publish('/demo', { n: 1 });
    await awaitCall(page, 'onData');
    await eventually('the spoilt answer', () => (server.asked('refresh')[1]?.ended ?? 0) > 0);
    server.hub.publish('/demo', { n: 2 });
    await page.run('PL.heartbeat()');
    await awaitCall(page, 'onHeartbeatAck');
    expect(server.asked('refresh')).toHaveLength(2);
    expect(await callsOf(page, 'onError')).toEqual([]);
  });

  it('goes on through names and texts that would break it', async () => {
    await start();
    await listening('/demo');
    const hostile = [
      '{"length":"x"}',
      '{"__proto__":"x","toString":"y"}',
      '{"a b":"name","<x>":1}',
      '{"text":"\\u0000\\u0001\\u001f\\ufffe"}',
      '{"text":"\\ud800 lone \\udc00"}',
      '{"text":"</event></pushlet><!-- ]]> & &amp; \\"\'"}',
      '["list",{"deep":"€"}]',
      'null',
    ];
    for (const text of hostile) server.hub.publish('/demo', JSON.parse(text));
    server.hub.publish('/demo', { text: 'last\nline\ttab' });
    const data = await awaitCalls(page, 'onData', hostile.length + 1);
    expect(data.at(-1)?.['text']).toBe('last\nline\ttab');
    expect(data[5]?.['text']).toBe(`</event></pushlet><!-- ]]> & &amp; "'`);
    for (const index of [0, 1, 2, 3, 4, 6, 7]) {
      expect(JSON.parse(data[index]?.['data'] ?? '')).toEqual(JSON.parse(hostile[index] ?? ''));
    }
  });

  it('gets one hb at the end of the idle time of a held refresh, and is sent on', async () => {
    await start({ hub: { heartbeatMs: 300 } });
    await listening('/demo');
    expect(await awaitCall(page, 'onHeartbeat')).toMatchObject({ p_seq: '1' });
    await eventually('the next refresh', () => server.asked('refresh').length === 2);
    const [first] = server.asked('refresh');
    const held = (first?.ended ?? 0) - (first?.began ?? 0);
    expect(held).toBeGreaterThan(250);
    expect(held).toBeLessThan(4000);
  });

  it('does not disturb a second tab of the same browser, and each can address the other', async () => {
    await start();
    const other = await engine.open(`${server.origin}/pushlet/ajax.html#${version}`);
    // Both join before either has a cookie.
    await Promise.all([page, other].map((tab) => tab.run(`PL.joinListen('/demo')`)));
    await eventually('two sessions', () => server.hub.stats().sessions === 2);
    await eventually('two loops', () => server.asked('refresh').length === 2);
    const ids = await Promise.all([page, other].map((tab) => tab.run<string>('PL.sessionId')));
    expect(new Set(ids).size).toBe(2);
    await page.run(`PL.publish('/mail', 'p_to=${ids[1]}&text=hello')`);
    expect(await awaitCall(other, 'onData')).toMatchObject({ text: 'hello', p_from: ids[0] });
    server.hub.publish('/demo', { n: 1 });
    await awaitCalls(page, 'onData', 1);
    await awaitCalls(other, 'onData', 2);
    expect(await callsOf(page, 'onData')).toHaveLength(1);
    await other.close();
    server.hub.publish('/demo', { n: 2 });
    await awaitCalls(page, 'onData', 2);
  });
});
