import { JSDOM } from 'jsdom';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type ClassicClient,
  classicStates,
  createClassicClient,
  type PushletEvent,
} from '../../packages/client/src/classic.ts';
import { RealServer, until } from './server-kit.ts';

const { ERROR, ABORT, NULL, READY, JOINED, LISTENING } = classicStates;
let server: RealServer | undefined;
const clients: ClassicClient[] = [];

afterEach(async () => {
  vi.unstubAllGlobals();
  for (const client of clients.splice(0)) client.leave();
  await server?.close();
  server = undefined;
});

interface Page {
  readonly client: ClassicClient;
  readonly events: PushletEvent[];
  /** What was called back, by the callback's name. */
  readonly called: string[];
}

const names = [
  'onData',
  'onJoinAck',
  'onJoinListenAck',
  'onListenAck',
  'onHeartbeat',
  'onHeartbeatAck',
  'onLeaveAck',
  'onRefreshAck',
  'onSubscribeAck',
  'onUnsubscribeAck',
  'onAbort',
  'onNack',
  'onError',
  'onEvent',
] as const;

function page(url: string): Page {
  const events: PushletEvent[] = [];
  const called: string[] = [];
  const callbacks = Object.fromEntries(
    names.map((name) => [
      name,
      (event: PushletEvent) => {
        called.push(name);
        events.push(event);
      },
    ]),
  );
  const client = createClassicClient(url, callbacks);
  clients.push(client);
  return { client, events, called };
}

function dataOf({ events }: Page): (string | undefined)[] {
  return events.filter((event) => event.getEvent() === 'data').map((event) => event.get('n'));
}

describe('the classic client', () => {
  it('goes through the states of the original', async () => {
    server = await RealServer.start();
    const { client, called } = page(server.url);
    expect([client.state, client.sessionId]).toEqual([READY, null]);
    client.join();
    await until(() => client.state === JOINED);
    expect(client.sessionId).toMatch(/^[\w-]{22}$/);
    client.subscribe('/a');
    client.listen();
    await until(() => client.state === LISTENING && called.includes('onSubscribeAck'));
    client.leave();
    expect([client.state, client.sessionId]).toEqual([READY, null]);
    await until(() => called.includes('onLeaveAck'));
    const expected = ['onJoinAck', 'onListenAck', 'onSubscribeAck', 'onLeaveAck'];
    expect(called.filter((name) => expected.includes(name)).sort()).toEqual([...expected].sort());
  });

  it('waits for the page to load', async () => {
    server = await RealServer.start();
    const { document, Event } = new JSDOM('').window;
    Object.defineProperty(document, 'readyState', { value: 'loading' });
    vi.stubGlobal('document', document);
    const { client } = page(server.url);
    client.join();
    expect(client.state).toBe(NULL);
    document.dispatchEvent(new Event('DOMContentLoaded'));
    expect(client.state).toBe(READY);
    await until(() => client.state === JOINED);
  });

  it('joins, subscribes and listens in one call, and gives every event once, with the label', async () => {
    server = await RealServer.start();
    const opened = page(server.url);
    const { client, events, called } = opened;
    client.joinListen('/a');
    client.subscribe('/a/b', 'mine');
    await until(() => called.filter((name) => name === 'onSubscribeAck').length === 2);
    await until(() => client.state === LISTENING);
    server.hub.publish('/a/b', { n: 1, list: [1], text: 'x' });
    server.hub.publish('/a', 'plain');
    await until(() => dataOf(opened).length === 2);
    const [first, second] = events.filter((event) => event.getEvent() === 'data');
    expect([first?.get('n'), first?.get('list'), first?.get('text'), first?.getSubject()]).toEqual([
      '1',
      '[1]',
      'x',
      '/a/b',
    ]);
    expect(first?.get('p_sid')).toBe(
      events.find((event) => event.getEvent() === 'subscribe-ack')?.get('p_sid'),
    );
    expect(second?.get('data')).toBe('plain');
    expect(String(second)).toMatch(/^p_event=data p_subject=\/a p_sid=\S+ p_time=\d+ data=plain$/);
    expect(called).toContain('onJoinListenAck');
    expect(called).not.toContain('onListenAck');
  });

  it('keeps what comes between join and listen', async () => {
    server = await RealServer.start();
    const opened = page(server.url);
    opened.client.join();
    opened.client.subscribe('/a', 'mine');
    await until(() => opened.called.includes('onSubscribeAck'));
    server.hub.publish('/a', { n: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(dataOf(opened)).toEqual([]);
    opened.client.listen();
    server.hub.publish('/a', { n: 2 });
    await until(() => dataOf(opened).length === 2);
    expect(dataOf(opened)).toEqual(['1', '2']);
    expect(opened.events.find((event) => event.getEvent() === 'data')?.get('p_label')).toBe('mine');
  });

  it('publishes a record or a query, and beats', async () => {
    server = await RealServer.start();
    const opened = page(server.url);
    const { client, called } = opened;
    client.joinListen('/a', 'pull');
    await until(() => client.state === LISTENING && called.includes('onSubscribeAck'));
    client.publish('/a', { n: '1' });
    client.publish('/a', 'n=2&x=a%20b');
    client.heartbeat();
    await until(() => dataOf(opened).length === 2 && called.includes('onHeartbeatAck'));
    expect(dataOf(opened)).toEqual(['1', '2']);
    await until(() => called.includes('onRefreshAck'));
  });

  it('ends one subscription, or all', async () => {
    server = await RealServer.start();
    const { client, events, called } = page(server.url);
    client.joinListen('/a');
    client.subscribe('/b');
    await until(() => called.filter((name) => name === 'onSubscribeAck').length === 2);
    client.unsubscribe(events.find((event) => event.get('p_subject') === '/a')?.get('p_sid'));
    client.unsubscribe();
    const { hub } = server;
    await until(() => [...hub.sessions()].every((session) => session.subscriptions.length === 0));
    expect(called.filter((name) => name === 'onUnsubscribeAck')).toHaveLength(2);
  });

  it('says nack to what the server refuses, and goes on', async () => {
    server = await RealServer.start({
      authorize: { subscribe: () => ({ refuse: 'not yours' }), publish: () => false },
    });
    const { client, events, called } = page(server.url);
    client.joinListen('/a');
    client.publish('/a', { n: '1' });
    await until(() => called.filter((name) => name === 'onNack').length === 2);
    expect(events.find((event) => event.getEvent() === 'nack')?.get('p_reason')).toBe('not yours');
    expect(client.state).toBe(LISTENING);
  });

  it('joins and listens when it is called again after a refusal', async () => {
    let loggedIn = false;
    server = await RealServer.start({ authorize: { join: () => loggedIn || { refuse: 'log in' } } });
    const { client, events, called } = page(server.url);
    client.joinListen('/a');
    await until(() => client.state === ERROR);
    client.subscribe('/dropped');
    client.joinListen('/a');
    await until(() => called.filter((name) => name === 'onNack').length === 2);
    expect(client.state).toBe(ERROR);
    loggedIn = true;
    client.joinListen('/a');
    await until(() => client.state === LISTENING && called.includes('onSubscribeAck'));
    server.hub.publish('/a', { n: 1 });
    await until(() => called.includes('onData'));
    expect(events.filter((event) => event.getEvent() === 'nack')).toHaveLength(2);
    expect(server.hub.stats().subscriptions).toBe(1);
  });

  it('stays in error when the join is refused, and takes no other call', async () => {
    server = await RealServer.start({ authorize: { join: () => ({ refuse: 'go away' }) } });
    const { client, called } = page(server.url);
    client.join();
    await until(() => client.state === ERROR);
    client.join();
    client.leave();
    expect([client.state, called]).toEqual([ERROR, ['onNack']]);
  });

  it('is told of the end of its session, and comes back by itself with a gap', async () => {
    server = await RealServer.start();
    const opened = page(server.url);
    const { client, called, events } = opened;
    client.joinListen('/a');
    await until(() => client.state === LISTENING && called.includes('onSubscribeAck'));
    const before = client.sessionId;
    const restarted = server.restart();
    await until(() => client.state === ABORT);
    await restarted;
    await until(() => client.state === LISTENING, 10_000);
    expect(client.sessionId).not.toBe(before);
    server.hub.publish('/a', { n: 9 });
    await until(() => dataOf(opened).length === 1);
    expect(called).toContain('onAbort');
    expect(events.find((event) => event.getEvent() === 'gap')?.get('p_reason')).toBe('epoch');
  }, 20_000);

  it('hands what has no callback of its own to onEvent', async () => {
    server = await RealServer.start();
    const seen: (string | undefined)[] = [];
    const client = createClassicClient(server.url, { onEvent: (event) => seen.push(event.getEvent()) });
    clients.push(client);
    client.joinListen('/a');
    await until(() => seen.includes('subscribe-ack'));
    expect(seen).toEqual(expect.arrayContaining(['join-ack', 'join-listen-ack', 'subscribe-ack']));
  });
});
