import { describe, expect, it } from 'vitest';
import { cur, data, Stage, wire } from '../kit.ts';

/** Plays a server that gives the same bad answer for ever. @returns requests made in ten minutes. */
function enduring(stage: Stage, play: (stage: Stage) => void): number {
  const before = stage.sent.length;
  while (stage.now < 600_000) {
    play(stage);
    stage.pass(50);
  }
  return stage.sent.length - before;
}

describe('a hostile server', () => {
  it.each([
    ['no cursor', wire('data', { subject: '/a', data: 1 })],
    ['a cursor that is a number', wire('data', { subject: '/a', cursor: 7, data: 1 })],
    [
      'a cursor of endless length',
      wire('data', { subject: '/a', cursor: `e-${'1'.repeat(1e5)}-t`, data: 1 }),
    ],
    ['a position beyond all numbers', wire('data', { subject: '/a', cursor: 'e-zzzzzzzzzzzzz-t', data: 1 })],
    ['a subject that is an object', wire('data', { subject: {}, cursor: cur(1), data: 1 })],
    ['no data', wire('data', { subject: '/a', cursor: cur(1) })],
    ['a gap without a place', wire('gap', { from: 1, to: 2, reason: 'trimmed' })],
  ])('that sends %s is told by name and asked again ever more slowly', (_what, event) => {
    const stage = Stage.open().hears(event, data(2));
    expect(stage.got()).toEqual([]);
    expect(stage.every('error')[0]?.[0].code).toBe('bad-cursor');
    const requests = enduring(stage, (at) => {
      if (at.control !== undefined) at.answers(wire('heartbeat-ack'));
      if (at.channel !== undefined) at.hears(wire('listen-ack', { cursor: cur(0) }), event);
    });
    expect(requests).toBeLessThan(200);
    expect(stage.state.phase).toBe('reconnecting');
  });

  it('that sends events before it answers the listen is malformed', () => {
    const stage = new Stage().take('tick').joins().hears(data(1));
    expect(stage.every('error')).toEqual([[{ code: 'malformed' }]]);
    expect(stage.every('item')).toEqual([]);
  });

  it('that answers a listen with a cursor that is none is told by name', () => {
    const stage = new Stage()
      .take('tick')
      .joins()
      .hears(wire('listen-ack', { cursor: {} }));
    expect(stage.every('error')).toEqual([[{ code: 'bad-cursor' }]]);
  });

  it('that gives no answer at all is malformed', () => {
    const stage = Stage.open();
    stage.publishes();
    stage.answers();
    expect(stage.every('error')).toEqual([[{ code: 'malformed' }]]);
    expect(stage.pass(1000).control?.fields['type']).toBe('publish');
  });

  it('that sends past events where none were asked for is malformed', () => {
    const stage = Stage.open();
    stage.publishes();
    stage.answers(data(4));
    expect(stage.every('error')).toEqual([[{ code: 'malformed' }]]);
    expect(stage.got()).toEqual([]);
  });

  it('that sends what nobody knows is not listened to', () => {
    const stage = Stage.open().hears(wire('from-the-future', { cursor: cur(5) }), data(1));
    expect(stage.got()).toEqual([1]);
  });

  it('that names absurd waits and intervals is held to bounds', () => {
    const stage = new Stage()
      .take('tick')
      .joins()
      .hears(wire('listen-ack', { cursor: cur(0), idleMs: 1e15 }));
    stage.settleControl().pass(125_000);
    expect(stage.every('retry')).toHaveLength(1);
    const poll = Stage.open({ transports: ['poll'] }).hears(wire('refresh', { waitMs: -5 }));
    poll.ends(poll.channel?.requestId ?? 0);
    expect(poll.channel?.fields['type']).toBe('refresh');
  });

  it('that gives empty answers to every refresh is not asked in a loop', () => {
    const stage = Stage.open({ transports: ['long-poll'] });
    const requests = enduring(stage, (at) => {
      const { requestId, fields } = at.channel ?? {};
      if (requestId === undefined) return;
      at.hears(wire(`${String(fields?.['type'])}-ack`), wire('refresh', { waitMs: 0 })).ends(requestId);
    });
    expect(requests).toBeLessThanOrEqual(610);
  });

  it('that loses every session is not asked in a loop', () => {
    const requests = enduring(new Stage().take('tick'), (at) => {
      if (at.control?.fields['type'] === 'join') at.joins();
      else if (at.control !== undefined) at.fails({ code: 'unknown-session', status: 410 });
      if (at.channel !== undefined) at.cut({ code: 'unknown-session', status: 410 });
    });
    expect(requests).toBeLessThan(200);
  });

  it('cannot make the client keep more than its place', () => {
    const stage = Stage.open();
    for (let position = 1; position <= 5000; position += 1) {
      stage.hears(data(position));
      if (stage.control !== undefined) stage.settleControl();
    }
    const { tasks, ends, out } = stage.state;
    expect([tasks.size, ends.size, out.length]).toEqual([1, 0, 0]);
  });
});
