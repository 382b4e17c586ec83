import http from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileJavaClient, findJdk, type JavaClient, type JavaClients } from './kit/java.ts';
import { type ClassicServer, type ClassicServerOptions, servlet, startClassicServer } from './kit/server.ts';

// Browsers, compilers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

// Optional, in CI too: raw-java.test.ts says the same bytes everywhere.
const jdk = process.env['SKIP_JAVA'] === undefined ? findJdk() : undefined;
if (jdk === undefined) process.stdout.write('No JDK: the Java client is played by sockets only.\n');

const awkward = `5<6"quotes"'and'{a|b}^\`\\back,~!@$*()`;

describe.skipIf(jdk === undefined)('the Java client', () => {
  let clients: JavaClients;
  let client: JavaClient;
  let server: ClassicServer;

  beforeAll(() => {
    if (jdk !== undefined) clients = compileJavaClient(jdk);
  }, 60_000);

  afterAll(() => clients?.remove());

  afterEach(async () => {
    await client.end();
    await server.close();
  });

  async function start(options: ClassicServerOptions = {}): Promise<void> {
    server = await startClassicServer(options);
    client = clients.start(`${server.origin}${servlet}`);
  }

  it('joins without cookies and listens to a stream of elements', async () => {
    await start();
    const { p_id: id } = await client.does(['join'], 'joined');
    const ack = await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    expect(ack).toMatchObject({ p_id: id, p_mode: 'stream', p_format: 'xml' });
    const [first] = await client.hears('hb');
    expect(first).toMatchObject({ p_seq: '1' });
    server.hub.publish('/demo/x', { n: 1 });
    const [data] = await client.hears('data');
    expect(data).toMatchObject({ n: '1', p_seq: '2', p_subject: '/demo/x', p_sid: ack['p_sid'] });
    const [join] = server.asked('join');
    expect(join?.headers['user-agent']).toMatch(/^Java\//);
    expect(server.seen.every(({ headers }) => headers.cookie === undefined)).toBe(true);
  });

  it('gets back the text that it did not encode, with itself as p_from and a time that it did not choose', async () => {
    await start();
    const { p_id: id } = await client.does(['join'], 'joined');
    await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    await client.does(['publish', '/demo', `text=${awkward}`, 'p_time=1'], 'published');
    const [data] = await client.hears('data');
    expect(data).toMatchObject({ text: awkward, p_from: id });
    expect(Number(data?.['p_time'])).toBeGreaterThan(1_600_000_000);
    expect(Object.keys(data ?? {})).not.toContain('p_id');
  });

  it('is refused by Node itself for bytes above 0x7f in its request line, and goes on', async () => {
    await start();
    await client.does(['join'], 'joined');
    await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    expect(await client.does(['publish', '/demo', 'text=ü'], 'failed')).toEqual({ reason: 'status 400' });
    await client.does(['publish', '/demo', `text=${encodeURIComponent('ü€ñ😀')}`], 'published');
    const [data] = await client.hears('data');
    expect(data).toMatchObject({ text: 'ü€ñ😀' });
  });

  it('reads quotes and backslashes as they were, and > as &gt;', async () => {
    await start();
    await client.does(['join'], 'joined');
    await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    const text = `say "hi" \\ c:\\temp ü € 😀 line\nbreak <tag p_from='x'`;
    server.hub.publish('/demo', { text, arrow: 'a > b' });
    server.hub.publish('/demo', { text: '" p_from="forged" x="' });
    const [first, second] = await client.hears('data', 2);
    expect(first).toMatchObject({ text, arrow: 'a &gt; b' });
    expect(second).toMatchObject({ text: '" p_from="forged" x="' });
    expect(Object.keys(second ?? {})).not.toContain('p_from');
  });

  it('pulls: sleeps p_wait, comes back, and p_seq begins anew', async () => {
    await start({ handler: { longPollWaitMs: { min: 300, max: 300 } } });
    await client.does(['joinListen', 'pull', '/demo'], 'join-listen-ack');
    for (const n of [1, 2, 3]) {
      server.hub.publish('/demo', { n });
      await client.hears('data', n);
    }
    const data = await client.hears('data', 3);
    expect(data.map(({ n, p_seq }) => [n, p_seq])).toEqual([
      ['1', '1'],
      ['2', '1'],
      ['3', '1'],
    ]);
    const rounds = server.asked('refresh');
    for (const [index, { began }] of rounds.entries()) {
      if (index > 0) expect(began - (rounds[index - 1]?.ended ?? 0)).toBeGreaterThan(200);
    }
  });

  it('subscribes with a label, unsubscribes, and hears a refusal as an exception', async () => {
    await start();
    await client.does(['join'], 'joined');
    await client.does(['listen', 'stream'], 'listen-ack');
    const ack = await client.does(['subscribe', '/fx,/st', 'mine'], 'subscribed');
    expect(ack).toMatchObject({ p_subject: '/fx,/st', p_label: 'mine' });
    server.hub.publish('/fxrates', { n: 1 });
    const [data] = await client.hears('data');
    expect(data).toMatchObject({ p_sid: ack['p_sid'], p_label: 'mine' });
    await client.does(['unsubscribe', ack['p_sid'] ?? ''], 'unsubscribed');
    const refused = await client.does(['unsubscribe', 'nosuchsid'], 'failed');
    expect(refused['reason']).toMatch(/^nack: /);
  });

  it('opens the listen URL again when its stream ends, and misses nothing', async () => {
    await start();
    await client.does(['join'], 'joined');
    await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    server.hub.publish('/demo', { n: 1 });
    await client.hears('data');
    cutStreams();
    await client.hears('error');
    await client.hears('listen-ack', 2);
    server.hub.publish('/demo', { n: 2 });
    const data = await client.hears('data', 2);
    expect(data.map(({ n, p_seq }) => [n, p_seq])).toEqual([
      ['1', '2'],
      ['2', '2'],
    ]);
    // It has subscribed to the subject once more, which is the same subscription.
    expect(server.hub.stats()).toMatchObject({ sessions: 1, subscriptions: 1, attached: 1 });
  });

  /** Ends every stream as a network does: the client sees the end of the stream. */
  function cutStreams(): void {
    for (const session of [...server.hub.sessions()]) {
      const { transport } = session;
      if (transport === undefined) continue;
      server.hub.detach(session, transport);
      transport.close('unresponsive');
    }
  }

  it('hears abort before the end of its stream, comes back once in vain, and stops', async () => {
    await start();
    await client.does(['join'], 'joined');
    await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    await server.shutDown();
    await client.hears('abort');
    await client.hears('stopped');
    expect(client.reports.map(({ what }) => what).slice(-3)).toEqual(['abort', 'error', 'stopped']);
    expect(server.asked('listen')).toHaveLength(2);
  });

  it.each([
    ['a listen that the subscribe hook refuses', ['listen', 'stream', '/secret']],
    ['a pull that it refuses', ['listen', 'pull', '/secret']],
    ['a join-listen that it refuses', ['joinListen', 'stream', '/secret']],
    ['a join-listen of a server that is full', ['joinListen', 'stream', '/demo']],
    ['a listen in no mode', ['listen', 'nosuchmode', '/demo']],
    ['a listen to no subject', ['listen', 'stream', ',']],
  ])('comes back from %s, hears one error, and asks twice in all', async (_what, command) => {
    const subscribe = ({ pattern }: { readonly pattern: string }) => pattern !== '/secret';
    await start({ handler: { authorize: { publish: true, subscribe } }, hub: { maxSessions: 1 } });
    if (command[0] === 'listen' || command[2] === '/demo') await client.does(['join'], 'joined');
    await client.does(command, 'returned');
    await client.hears('stopped');
    // As long as it takes to ask again a hundred times.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const whats = client.reports
      .map(({ what }) => what)
      .filter((what) => what !== 'joined' && what !== 'returned');
    expect(whats).toEqual(['nack', 'error', 'stopped']);
    expect(client.reports.at(-1)?.fields).toEqual({ reason: 'status 400' });
    expect(server.asked(command[0] === 'listen' ? 'listen' : 'join-listen')).toHaveLength(2);
    expect(server.hub.stats().attached).toBe(0);
  });

  it('hears an error and ends when its session leaves or another channel takes its place', async () => {
    await start();
    const { p_id: id } = await client.does(['join'], 'joined');
    await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    const rival = http.get(
      `${server.origin}${servlet}?p_event=listen&p_id=${id}&p_mode=stream&p_subject=/demo`,
    );
    rival.on('error', () => undefined);
    rival.on('response', (response) => response.on('error', () => undefined).resume());
    await client.hears('error');
    await client.hears('stopped');
    expect(server.asked('listen')).toHaveLength(3);
    expect(server.hub.stats().attached).toBe(1);
    rival.destroy();
  });

  it('leaves, and cannot go on with the id', async () => {
    await start();
    await client.does(['join'], 'joined');
    await client.does(['listen', 'stream', '/demo'], 'listen-ack');
    await client.does(['leave'], 'left');
    expect(server.hub.stats()).toMatchObject({ sessions: 0, subscriptions: 0, attached: 0 });
    expect(await client.does(['publish', '/demo', 'x=1'], 'failed')).toEqual({ reason: 'status 400' });
  });

  it('breaks its own request with a blank, and hears so', async () => {
    await start();
    await client.does(['join'], 'joined');
    const failed = await client.does(['publish', '/demo', 'text=two words'], 'failed');
    expect(failed['reason']).toMatch(/400|end of file/);
    await client.does(['publish', '/demo', 'text=one'], 'published');
  });
});
