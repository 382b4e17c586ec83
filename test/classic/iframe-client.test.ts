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

const skipped = skipsChromium('the iframe client is');

afterAll(closeBrowser);

describe.skipIf(skipped).each([
  ['alone', false],
  ['behind helmet', true],
])('the iframe client, %s', (_where, helmet) => {
  let server: ClassicServer;
  let engine: Engine;
  let page: ClientPage;

  beforeEach(async () => {
    engine = await engines.Chromium();
  });

  afterEach(async () => {
    await engine.close();
    await server.close();
  });

  async function start(options: ClassicServerOptions = {}): Promise<void> {
    server = await startClassicServer({ ...options, helmet });
    page = await engine.open(`${server.origin}/pushlet/iframe.html`);
  }

  async function listening(subject: string, mode: string): Promise<string> {
    await page.run(`p_join_listen('${subject}', '${mode}')`);
    await awaitCall(page, 'onListenAck');
    return page.run<string>('p_getSessionId()');
  }

  /** The commands that went through the control frame, oldest first. */
  function commands(): { event: string; began: number; ended: number }[] {
    const all = server.seen.map(({ query, began, ended }) => ({
      event: query.get('p_event') ?? '',
      began,
      ended,
    }));
    return all.filter(({ event }) => event !== 'listen' && event !== 'refresh');
  }

  it('joins and listens to a stream that is executed while it loads', async () => {
    await start();
    const id = await listening('/demo', 'stream');
    const ack = await awaitCall(page, 'onListenAck');
    expect(ack).toMatchObject({ p_id: id, p_mode: 'stream', p_format: 'js', p_sid: expect.any(String) });
    expect(await awaitCall(page, 'onJoinAck')).toMatchObject({ p_id: id, p_format: 'js' });
    expect(await awaitCall(page, 'onHeartbeat')).toMatchObject({ p_seq: '1' });
    // The library answers the listen-ack with a heartbeat of its own.
    await awaitCall(page, 'onHeartbeatAck');
    for (const n of [1, 2, 3]) {
      server.hub.publish('/demo/x', { n });
      await awaitCalls(page, 'onData', n);
    }
    const data = await awaitCalls(page, 'onData', 3);
    expect(data.map(({ n, p_seq }) => [n, p_seq])).toEqual([
      ['1', '2'],
      ['2', '3'],
      ['3', '4'],
    ]);
    const state = `document.getElementById('pushletNet').contentWindow.frames.listenFrame.document.readyState`;
    expect(await page.run(state)).toBe('loading');
  });

  it('sends a command only when the answer to the last one has loaded, also when that is an error', async () => {
    await start();
    await listening('/demo', 'stream');
    await awaitCall(page, 'onHeartbeatAck');
    await page.run(`
      p_publish('/demo', 'n', '1');
      p_publish('', 'n', '2');
      p_unsubscribe('nosuchsid');
      p_publish('/demo', 'length', '3');
      p_publish('/demo', 'n', '4');
    `);
    const data = await awaitCalls(page, 'onData', 2);
    expect(data.map(({ n }) => n)).toEqual(['1', '4']);
    expect(await awaitCalls(page, 'onNack', 3)).toHaveLength(3);
    const all = commands();
    for (const [index, { began }] of all.entries()) {
      if (index > 0) expect(began).toBeGreaterThanOrEqual((all[index - 1]?.ended ?? 0) - 1);
    }
  });

  it('goes on after the 400 of a session that is no more, with a new one', async () => {
    await start();
    await listening('/demo', 'stream');
    await awaitCall(page, 'onHeartbeatAck');
    for (const session of [...server.hub.sessions()]) server.hub.leave(session);
    await page.run(`p_heartbeat(); p_subscribe('/x'); p_join()`);
    await awaitCalls(page, 'onJoinAck', 2);
    expect(commands().map(({ event }) => event)).toEqual(['join', 'hb', 'hb', 'subscribe', 'join']);
    expect(await awaitCalls(page, 'onHeartbeatAck')).toHaveLength(1);
  });

  it('pulls: its frame goes to p_url after p_wait, and p_seq begins anew', async () => {
    await start({ handler: { longPollWaitMs: { min: 300, max: 300 } } });
    await listening('/demo', 'pull');
    for (const n of [1, 2, 3]) {
      server.hub.publish('/demo', { n });
      await awaitCalls(page, 'onData', n);
    }
    const data = await awaitCalls(page, 'onData', 3);
    expect(data.map(({ n, p_seq }) => [n, p_seq])).toEqual([
      ['1', '1'],
      ['2', '1'],
      ['3', '1'],
    ]);
    const rounds = server.asked('refresh');
    expect(new URL(rounds[0]?.url ?? '', server.origin).pathname).toBe('/pushlet/pushlet.srv');
    for (const [index, { began }] of rounds.entries()) {
      if (index > 0) expect(began - (rounds[index - 1]?.ended ?? 0)).toBeGreaterThan(200);
    }
    expect(await awaitCalls(page, 'onRefreshAck', 3)).toHaveLength(3);
  });

  it('pulls on with an hb after the idle time', async () => {
    await start({ hub: { heartbeatMs: 300 } });
    await listening('/demo', 'pull');
    expect(await awaitCall(page, 'onHeartbeat')).toMatchObject({ p_seq: '1' });
    await eventually('the next refresh', () => server.asked('refresh').length >= 2);
  });

  it('gets a heartbeat on a silent stream after the idle time', async () => {
    await start({ hub: { heartbeatMs: 300 } });
    await listening('/demo', 'stream');
    const beats = await awaitCalls(page, 'onHeartbeat', 3);
    expect(beats.map(({ p_seq }) => p_seq)).toEqual(['1', '2', '3']);
  });

  it('gets back the text that it did not encode, as text and not as script', async () => {
    await start();
    const id = await listening('/demo', 'stream');
    const text = `5 < 6 > 4 "quoted" 'single' {a|b} ^ \` \\ back, ü€😀 </script><script>top.hacked=1</script>`;
    await page.run(`p_publish('/demo', 'text', ${JSON.stringify(text)})`);
    expect(await awaitCall(page, 'onData')).toMatchObject({ text, p_from: id });
    const label = `"});top.hacked=2;({"`;
    await page.run(`p_subscribe('/other', ${JSON.stringify(label)})`);
    expect(await awaitCall(page, 'onSubscribeAck')).toMatchObject({ p_label: label });
    server.hub.publish('/other', { text: `');top.hacked=3//\n</script>\u2028` });
    const [, second] = await awaitCalls(page, 'onData', 2);
    expect(second).toMatchObject({ p_label: label, text: `');top.hacked=3//\n</script>\u2028` });
    expect(await page.run('window.hacked')).toBeFalsy();
  });

  it('subscribes, unsubscribes and leaves, and the server ends its stream', async () => {
    await start();
    await listening('/quiet', 'stream');
    await page.run(`p_subscribe('/fx,/st', 'mine')`);
    const ack = await awaitCall(page, 'onSubscribeAck');
    expect(ack).toMatchObject({ p_subject: '/fx,/st', p_label: 'mine' });
    server.hub.publish('/fxrates', { n: 1 });
    expect(await awaitCall(page, 'onData')).toMatchObject({ p_sid: ack['p_sid'], p_label: 'mine' });
    await page.run(`p_unsubscribe('${ack['p_sid']}'); p_unsubscribe(); p_leave()`);
    await awaitCall(page, 'onLeaveAck');
    expect(await awaitCalls(page, 'onUnsubscribeAck', 2)).toHaveLength(2);
    expect(await page.run('p_getSessionId()')).toBeNull();
    await eventually('the end of the stream', () => (server.asked('listen')[0]?.ended ?? 0) > 0);
    expect(await callsOf(page, 'onAbort')).toEqual([]);
  });

  it.each(['stream', 'pull'])(
    'gets abort when the server shuts down while it listens by %s',
    async (mode) => {
      await start();
      await listening('/demo', mode);
      await eventually('an open channel', () => server.hub.stats().attached === 1);
      await server.shutDown();
      expect(await awaitCall(page, 'onAbort')).toMatchObject({ p_event: 'abort' });
    },
  );

  it('does not disturb a second tab of the same browser', async () => {
    await start();
    const other = await engine.open(`${server.origin}/pushlet/iframe.html`);
    for (const tab of [page, other]) await tab.run(`p_join_listen('/demo', 'stream')`);
    for (const tab of [page, other]) await awaitCall(tab, 'onListenAck');
    const ids = await Promise.all([page, other].map((tab) => tab.run<string>('p_getSessionId()')));
    expect(new Set(ids).size).toBe(2);
    await page.run(`p_publish('/mail', 'p_to', '${ids[1]}', 'text', 'hello')`);
    expect(await awaitCall(other, 'onData')).toMatchObject({ text: 'hello', p_from: ids[0] });
    await other.close();
    server.hub.publish('/demo', { n: 1 });
    expect(await awaitCalls(page, 'onData')).toHaveLength(1);
  });
});
