import { talkOf } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { HeldAnswers } from '../../packages/handler/src/connections/held-answers.ts';
import { callers, names } from './connection-kit.ts';
import { type Stage, stage } from './kit.ts';

/** A client that listens over a connection, and a server that answers what it is asked: `/now` at once, `/later` when a test says so. */
async function asking(name?: 'udp') {
  const play: Stage = stage({ authorize: { publish: true } });
  let answers: (value: unknown) => void = () => undefined;
  const later = new Promise<unknown>((resolve) => {
    answers = resolve;
  });
  talkOf(play.hub).handle('/now', ({ data }) => data);
  talkOf(play.hub).handle('/later', () => later);
  const ann = callers(play, name === undefined ? {} : { name }).call();
  for (const command of ['join', 'listen']) ann.says(command);
  await play.turn();
  ann.hears();
  let asked = 0;
  const asks = (subject: string) => ann.says('request', { subject, messageId: `q-${++asked}`, data: 1 });
  return {
    play,
    ann,
    asks,
    answers: (value: unknown) => answers(value),
    writes: () => ann.outlet.writes.length,
  };
}

describe('what says that a request runs', () => {
  it('leaves in one write with an answer of the same turn', async () => {
    const { play, ann, asks, writes } = await asking();
    const before = writes();
    expect(asks('/now')).toEqual([]);
    // The handler answers before the turn ends.
    await new Promise((resolve) => setImmediate(resolve));
    await play.turn();
    expect(names(ann.hears())).toEqual(['request-ack', 'data']);
    expect(writes() - before).toBe(1);
  });

  it('waits for its own answer, also where one before it has waited in the turn before', () => {
    const [scheduled, written]: [(() => void)[], string[]] = [[], []];
    const held = new HeldAnswers({
      hasMore: true,
      flushLater: (answers) => scheduled.push(() => answers.flush()),
      write: (bytes) => written.push(`alone ${bytes}`),
    });
    const turn = (): void => {
      for (const flush of scheduled.splice(0)) flush();
    };
    for (const number of [1, 2, 3]) {
      held.hold(Uint8Array.of(number));
      turn();
      written.push(`together ${held.before(Uint8Array.of(0))}`);
    }
    turn();
    expect(written).toEqual(['together 1,0', 'together 2,0', 'together 3,0']);
  });

  it('leaves at the end of the turn without one', async () => {
    const { play, ann, asks, answers } = await asking();
    asks('/later');
    await play.turn();
    expect(names(ann.hears())).toEqual(['request-ack']);
    answers(1);
    await play.turn();
    expect(ann.hears()).toMatchObject([{ type: 'data', name: 'request-answer', data: { value: 1 } }]);
  });

  it('is not overtaken by the answer to a later command', async () => {
    const { play, ann, asks } = await asking();
    asks('/now');
    expect(names(ann.says('publish', { subject: '/a', data: 1 }))).toEqual(['request-ack', 'publish-ack']);
    asks('/later');
    expect(names(ann.says('heartbeat'))).toEqual(['request-ack', 'heartbeat-ack']);
    await play.turn();
    expect(names(ann.hears())).toEqual(['data']);
  });

  it('is given at once where nobody listens, and in datagrams, which hold one line', async () => {
    const { asks } = await asking('udp');
    expect(names(asks('/later'))).toEqual(['request-ack']);
    const play = stage();
    talkOf(play.hub).handle('/now', () => 1);
    const bob = callers(play).call();
    bob.says('join');
    expect(names(bob.says('request', { subject: '/now', messageId: 'q', data: 1 }))).toEqual(['request-ack']);
  });

  it('leaves before the last word of a connection, and never after its end', async () => {
    const { play, ann, asks, writes } = await asking();
    asks('/later');
    await play.handler.close();
    expect(names(ann.hears()).slice(0, 2)).toEqual(['request-ack', 'abort']);
    const other = await asking();
    other.asks('/later');
    other.ann.outlet.destroy();
    const before = other.writes();
    await other.play.turn();
    expect([other.writes() - before, other.play.errors, writes() > 0]).toEqual([0, [], true]);
  });

  it('takes its own write with answers that are too long to be copied', async () => {
    const { play, ann, writes } = await asking();
    const data = 'x'.repeat(20_000);
    const before = writes();
    ann.says('request', { subject: '/now', messageId: 'long', data });
    await play.turn();
    expect(names(ann.hears())).toEqual(['request-ack', 'data']);
    expect(writes() - before).toBe(2);
  });
});
