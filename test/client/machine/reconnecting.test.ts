import { describe, expect, it } from 'vitest';
import { cur, data, Stage, wire } from '../kit.ts';

describe('reconnecting', () => {
  it('happens within half a second when a stream that worked is cut, from the place reached', () => {
    const stage = Stage.open().hears(data(1)).cut();
    expect(stage.channel).toMatchObject({ fields: { type: 'listen', ack: cur(1) } });
    expect(stage.channel?.at).toBeLessThanOrEqual(500);
    expect(stage.every('state')).toEqual([['open'], ['reconnecting']]);
    expect(stage.every('retry')).toMatchObject([[{ code: 'unreachable' }, stage.channel?.at]]);
    expect(stage.listens().every('state').at(-1)).toEqual(['open']);
  });

  it('happens also when the stream ends without a word', () => {
    const stage = Stage.open().hears(data(1));
    stage.ends(stage.channel?.requestId ?? 0).pass(500);
    expect(stage.channel?.fields['type']).toBe('listen');
  });

  it('is told its pauses', () => {
    const stage = Stage.open().cuts();
    const [, delayMs] = stage.every('retry').at(-1) ?? [];
    expect(delayMs).toBe(stage.state.data.at - stage.now);
    expect(delayMs).toBeGreaterThan(0);
  });

  it('waits ever longer while nothing works, and never more than thirty seconds', () => {
    const stage = Stage.open();
    const waits: number[] = [];
    for (let time = 0; time < 60; time += 1) {
      const before = stage.now;
      stage.cuts();
      while (stage.channel === undefined) {
        if (stage.control !== undefined) stage.fails();
        stage.pass(10);
      }
      waits.push(stage.now - before);
    }
    expect(Math.max(...waits.slice(0, 3))).toBeLessThanOrEqual(710);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_010);
    expect(Math.max(...waits)).toBeGreaterThan(15_000);
  });

  it('starts at once again after a channel that brought something new', () => {
    const stage = Stage.open();
    for (let position = 1; position <= 20; position += 1) {
      stage.listens().hears(data(position)).cuts();
      expect(stage.channel?.at).toBe(stage.now);
    }
  });

  it('asks less than twice a second when every held poll is cut after a moment', () => {
    const stage = new Stage({ transports: ['long-poll'] }).take('tick').joins();
    stage.settleControl();
    const before = stage.sent.length;
    while (stage.now < 10_000) {
      const { channel } = stage;
      if (channel?.fields['type'] === 'listen')
        stage
          .listens()
          .hears(wire('refresh', { waitMs: 0 }))
          .ends(channel.requestId);
      else if (channel) stage.pass(5).cuts();
      else stage.settleControl().pass(1);
    }
    expect(stage.sent.length - before).toBeLessThan(20);
  });

  it('does not start at once again after a channel that was open for a moment only', () => {
    const stage = Stage.open().cut();
    stage.listens().cuts();
    expect(stage.channel).toBeUndefined();
  });

  it('waits as long as the server asks', () => {
    const stage = Stage.open().cuts({ code: 'server', status: 503, retryMs: 4000 }).settleControl();
    expect(stage.pass(3999).channel).toBeUndefined();
    expect(stage.pass(1).channel?.at).toBe(4000);
  });

  it('does not wait for ever, whatever the server asks', () => {
    const stage = Stage.open()
      .hears(wire('abort', { retryMs: 1e15 }))
      .pass(300_000);
    expect(stage.control?.fields['type']).toBe('join');
  });

  it('follows an abort with a new session, after the pause that it names', () => {
    const stage = Stage.open().hears(data(1), wire('abort', { reason: 'shutdown', retryMs: 800 }));
    expect(stage.pass(799).asked.slice(-1)).not.toEqual(['join']);
    expect(stage.pass(1).control?.fields).toMatchObject({ type: 'join', ack: cur(1) });
  });

  it('follows an abort on the control channel in the same way', () => {
    const stage = Stage.open();
    stage.publishes();
    stage.answers(wire('abort', { retryMs: 500 }));
    expect(stage.channel).toBeUndefined();
    expect(stage.pass(500).control?.fields['type']).toBe('join');
  });

  it('joins at once when the server says that a session is gone, however often the network failed before', () => {
    const stage = Stage.open();
    stage.publishes();
    for (let n = 0; n < 20; n += 1) {
      stage.fails();
      while (stage.control === undefined) stage.pass(100);
    }
    expect(stage.fails({ code: 'unknown-session' }).control?.fields['type']).toBe('join');
  });

  it('joins ever later when sessions are lost as soon as they are joined', () => {
    const stage = Stage.open().pass(10_000);
    const joins: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      stage.publishes();
      stage.fails({ code: 'unknown-session' });
      const from = stage.now;
      while (stage.control?.fields['type'] !== 'join') stage.pass(1);
      joins.push(stage.now - from);
      stage.joins();
    }
    expect(joins[0]).toBe(0);
    expect(Math.max(...joins)).toBeGreaterThan(100);
  });

  it.each(['superseded', 'refused'])('listens again after %s', (event) => {
    const stage = Stage.open().hears(wire(event)).pass(1000);
    expect(stage.channel?.fields['type']).toBe('listen');
  });

  it('retries the control channel on its own, and the stream goes on', () => {
    const stage = Stage.open();
    stage.publishes();
    stage.fails().hears(data(1));
    expect(stage.got()).toEqual([1]);
    expect(stage.every('state')).toEqual([['open']]);
  });
});

describe('the watchdog', () => {
  it('takes fifteen silent seconds of a stream for its end', () => {
    const stage = Stage.open().pass(14_999);
    expect(stage.every('retry')).toEqual([]);
    stage.pass(1);
    expect(stage.every('retry')[0]?.[0]).toEqual({ code: 'silent' });
    expect(stage.channel).toMatchObject({ at: 15_000, fields: { type: 'listen' } });
  });

  it('is content with any byte', () => {
    const stage = Stage.open().pass(14_000);
    stage.take('data', stage.channel?.requestId ?? 0, []).pass(14_000);
    expect(stage.every('retry')).toEqual([]);
  });

  it('waits as long as the server’s own heartbeat wants', () => {
    const stage = new Stage()
      .take('tick')
      .joins()
      .hears(wire('listen-ack', { cursor: cur(0), idleMs: 40_000 }));
    stage.settleControl().pass(44_999);
    expect(stage.every('retry')).toEqual([]);
    expect(stage.pass(1).every('retry')).toHaveLength(1);
  });

  it('lets a long poll be held', () => {
    const stage = Stage.open({ transports: ['long-poll'] });
    stage.hears(wire('refresh', { waitMs: 0 })).ends(stage.channel?.requestId ?? 0);
    expect(stage.pass(29_999).every('retry')).toEqual([]);
    expect(stage.pass(1).channel?.fields['type']).toBe('listen');
  });

  it('gives up an answer to a command after ten silent seconds', () => {
    const stage = Stage.open();
    stage.publishes();
    const first = stage.control?.requestId;
    stage.pass(9999);
    expect(stage.control?.requestId).toBe(first);
    stage.pass(1);
    expect(stage.every('abort')).toContainEqual([first]);
    expect(stage.control?.fields['type']).toBe('publish');
  });

  it('gives up an answer that only drips', () => {
    const stage = Stage.open();
    stage.publishes();
    const { requestId } = stage.control ?? { requestId: 0 };
    for (let second = 0; second < 59; second += 1) {
      stage
        .take('data', stage.channel?.requestId ?? 0, [])
        .pass(1000)
        .take('data', requestId, []);
    }
    expect(stage.control?.requestId).toBe(requestId);
    stage.pass(1000);
    expect(stage.control?.requestId).not.toBe(requestId);
  });
});

describe('waking up', () => {
  it('asks an open stream to show itself, and keeps it when it does', () => {
    const stage = Stage.open().take('wake');
    expect(stage.control?.fields).toMatchObject({ type: 'heartbeat', probe: stage.control?.requestId });
    const before = stage.channel?.requestId;
    stage
      .answers(wire('heartbeat-ack', { probe: stage.control?.requestId ?? 0 }))
      .hears(wire('heartbeat'))
      .settleControl()
      .pass(6000);
    expect(stage.channel?.requestId).toBe(before);
  });

  it('gives up a stream that does not show itself within five seconds', () => {
    const stage = Stage.open().take('wake');
    stage.answers(wire('heartbeat-ack', { probe: stage.control?.requestId ?? 0 })).pass(5000);
    expect(stage.channel).toMatchObject({ at: 5000 });
  });

  it('asks nothing of a stream whose server does not know probes', () => {
    const stage = Stage.open().take('wake').answers(wire('heartbeat-ack')).pass(6000);
    expect(stage.every('retry')).toEqual([]);
  });

  it('ends the pause between two attempts', () => {
    const stage = Stage.open().cut();
    for (let time = 0; time < 9; time += 1) {
      stage.cuts();
      stage.take('wake');
      expect(stage.channel?.at).toBe(stage.now);
    }
  });

  it('listens anew where a long poll was held', () => {
    const stage = Stage.open({ transports: ['long-poll'] });
    stage.hears(wire('refresh', { waitMs: 0 })).ends(stage.channel?.requestId ?? 0);
    const held = stage.channel;
    stage.take('wake');
    expect(held?.over).toBe(true);
    expect(stage.channel?.fields['type']).toBe('listen');
  });

  it('is noticed by a jump of the clock', () => {
    const stage = Stage.open().hears(data(1)).pass(2000).settleControl();
    stage.now += 3_600_000;
    stage.take('tick');
    expect(stage.channel).toMatchObject({
      at: stage.now,
      fields: { type: 'listen', ack: cur(1) },
    });
  });

  it('is not seen in a clock that moves as it should', () => {
    const stage = Stage.open().pass(9000);
    expect(stage.control).toBeUndefined();
  });
});
