import { createHub, createNodeHandler } from '@cometkit/node';
import { eventually } from '@cometkit/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectRaw, type RawSocket } from '../support/raw-socket.ts';
import { disposablePushServer } from './push-server-stage.ts';

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const answersOf = ({ text }: RawSocket) => text.split('HTTP/1.1 200').length - 1;

/** A push server, and clients of it that pull. */
async function stage() {
  const hub = createHub({ heartbeatMs: 60_000 });
  const push = createNodeHandler(hub, { path: '/push', closeGraceMs: 300, joinRate: false });
  const front = await disposablePushServer(push);
  const sockets: RawSocket[] = [];
  onTestFinished(async () => {
    for (const socket of sockets) socket.reset();
    await front.close();
  });
  const connect = async (text: string) => {
    const socket = await connectRaw(front.port);
    sockets.push(socket);
    socket.write(text);
    return socket;
  };
  /** Joins, and gives what makes the requests of the session. */
  const puller = async () => {
    const text = await (await fetch(`${front.url}?type=join&format=ndjson`)).text();
    const { session, key } = JSON.parse(text.split('\n')[0] ?? '');
    const ask = (query: string) => get(`/push?session=${session}&key=${key}&format=ndjson&${query}`);
    const socket = await connect(ask('type=listen&mode=long-poll&subject=/a'));
    await socket.until('listen-ack');
    return ask;
  };
  return { hub, push, front, connect, puller };
}

describe('a request that came early, behind one that is held', () => {
  it('does not get between another connection’s request and its answer', async () => {
    const { hub, connect, puller } = await stage();
    const ask = await puller();
    const first = await connect(ask('type=refresh').repeat(2));
    await eventually('it is held', () => hub.stats().attached === 1);
    const second = await connect(ask('type=refresh'));
    // The second takes the place of the held one, whose connection then asks again and takes it back.
    await eventually('both are answered', () => answersOf(first) === 1 && answersOf(second) === 1);
    expect(second.text).toContain('superseded');
    hub.publish('/a', 'late');
    await eventually('the last is answered', () => answersOf(first) === 2);
    expect(first.text).toContain('"late"');
  });

  it('does not keep a stream of another connection from its first words', async () => {
    const { hub, connect, puller } = await stage();
    const ask = await puller();
    const first = await connect(ask('type=refresh').repeat(2));
    await eventually('it is held', () => hub.stats().attached === 1);
    const stream = await connect(ask('type=listen'));
    await eventually('it is over', () => stream.text.includes('superseded'));
    expect(stream.text).toMatch(/listen-ack.*\n.*"heartbeat".*[\s\S]*superseded/);
    await eventually('the first is answered', () => answersOf(first) === 1);
  });

  it('lets the door close', async () => {
    const { hub, push, front, connect, puller } = await stage();
    const ask = await puller();
    const first = await connect(ask('type=refresh').repeat(2));
    await eventually('it is held', () => hub.stats().attached === 1);
    await connect(ask('type=refresh'));
    await eventually('it is answered', () => answersOf(first) === 1);
    await push.close();
    await front.front.close();
    expect(front.front.size).toBe(0);
  });

  it('is served in its own turn, however many connections wait for each other', async () => {
    const { hub, connect, puller } = await stage();
    const count = 700;
    const asks: ((query: string) => string)[] = [];
    for (let n = 0; n <= count; n += 1) asks.push(await puller());
    const refresh = (n: number) => asks[n]?.('type=refresh') ?? '';
    const chain: RawSocket[] = [];
    for (let n = 1; n <= count; n += 1) chain.push(await connect(refresh(n - 1) + refresh(n)));
    await eventually('all are held', () => hub.stats().attached === count);
    // It takes the place of the first, whose connection goes on to the second, and so on to the last.
    await connect(refresh(0));
    await eventually('each is answered once', () => chain.every((socket) => answersOf(socket) === 1));
    hub.publish('/a', 'for all');
    await eventually('and again', () => chain.every((socket) => answersOf(socket) === 2));
  }, 60_000);
});
