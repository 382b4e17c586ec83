import { describe, expect, it } from 'vitest';
import { cur, data, Stage, wire } from '../kit.ts';

/** Ends a pull or poll answer behind its end marker. */
function refresh(stage: Stage, waitMs = 0, ...events: Parameters<Stage['hears']>): Stage {
  const { requestId } = stage.channel ?? { requestId: 0 };
  return stage.hears(...events, wire('refresh', { waitMs: waitMs })).ends(requestId);
}

function probed(stage: Stage): Stage {
  return stage.answers(wire('heartbeat-ack', { probe: stage.control?.requestId ?? 0 }));
}

/** A client on the long poll, since the stream was held back. */
function onPull(): Stage {
  const stage = new Stage().take('tick').joins();
  stage.subscribes();
  return refresh(stage.settleControl().pass(5000).listens());
}

describe('a client whose server closes', () => {
  it('opens its stream elsewhere when it is told to, with its session and its place, and nobody notices', () => {
    const stage = Stage.open();
    stage.hears(data(1), wire('refresh', { waitMs: 300, cursor: cur(1) }));
    const before = stage.sent.length;
    expect(stage.channel).toBeUndefined();
    stage.pass(299);
    expect(stage.sent).toHaveLength(before);
    stage.pass(1);
    expect(stage.channel?.fields).toMatchObject({
      type: 'listen',
      mode: 'stream',
      session: 'me',
      ack: cur(1),
    });
    stage.listens().hears(data(2));
    expect(stage.got()).toEqual([1, 2]);
    expect([stage.every('retry'), stage.every('state').flat()]).toEqual([[], ['open']]);
  });

  it('asks for the next long poll when it is told to', () => {
    const stage = refresh(Stage.open({ transports: ['long-poll'] }));
    stage.pass(2000);
    refresh(stage, 400, wire('refresh-ack'));
    expect(stage.channel).toBeUndefined();
    stage.pass(400);
    expect(stage.channel?.fields).toMatchObject({ type: 'refresh', session: 'me' });
  });
});

describe('a long poll', () => {
  it('asks again at once, with the place reached', () => {
    const stage = refresh(Stage.open({ transports: ['long-poll'] }), 4000);
    expect(stage.channel?.fields).toMatchObject({ type: 'refresh', mode: 'long-poll' });
    refresh(stage, 0, wire('refresh-ack'), data(1), data(2));
    expect(stage.channel?.fields).toMatchObject({ type: 'refresh', ack: cur(2) });
    expect(stage.got()).toEqual([1, 2]);
  });

  it('takes an answer without its end marker for cut off, and asks again behind what came', () => {
    const stage = refresh(Stage.open({ transports: ['long-poll'] }));
    const { requestId } = stage.channel ?? { requestId: 0 };
    stage.hears(wire('refresh-ack'), data(1)).ends(requestId).pass(500);
    expect(stage.channel?.fields).toMatchObject({ type: 'listen', ack: cur(1) });
    stage.listens(1);
    refresh(refresh(stage), 0, wire('refresh-ack'), data(1), data(2));
    expect(stage.got()).toEqual([1, 2]);
  });

  it('does not spin when the server gives empty answers as fast as it is asked', () => {
    const stage = refresh(Stage.open({ transports: ['long-poll'] }));
    refresh(stage, 3000, wire('refresh-ack'));
    expect(stage.channel).toBeUndefined();
    expect(stage.pass(2999).channel).toBeUndefined();
    expect(stage.pass(1).channel?.fields['type']).toBe('refresh');
  });

  it('stays open between its answers', () => {
    const stage = refresh(
      refresh(Stage.open({ transports: ['long-poll'] })),
      0,
      wire('refresh-ack'),
      data(1),
    );
    expect(stage.every('state')).toEqual([['open']]);
  });
});

describe('a poll', () => {
  it('asks for what waits at once after the listen', () => {
    const stage = refresh(Stage.open({ transports: ['poll'] }), 6000);
    expect(stage.channel?.fields).toMatchObject({ type: 'refresh', mode: 'poll' });
  });

  it('waits as long as the server says', () => {
    const stage = refresh(Stage.open({ transports: ['poll'] }));
    refresh(stage, 6000, wire('refresh-ack'), data(1));
    expect(stage.pass(5999).channel).toBeUndefined();
    expect(stage.pass(1).channel?.fields).toMatchObject({ type: 'refresh', mode: 'poll' });
  });

  it('does not wait for ever, whatever the server says', () => {
    const stage = refresh(refresh(Stage.open({ transports: ['poll'] })), 1e12, wire('refresh-ack'), data(1));
    expect(stage.pass(120_000).channel).toBeDefined();
  });
});

describe('a stream that is held back on the way', () => {
  it('is noticed after five seconds without an answer; the long poll takes over without a loss', () => {
    const stage = new Stage().take('tick').joins(4);
    stage.subscribes();
    stage.settleControl().pass(4999);
    expect(stage.channel?.transport).toBe('stream');
    stage.pass(1);
    expect(stage.channel).toMatchObject({
      transport: 'long-poll',
      at: 5000,
      fields: { mode: 'long-poll', ack: cur(4) },
    });
    refresh(refresh(stage.listens(4)), 0, wire('refresh-ack'), data(5));
    expect(stage.every('transport')).toEqual([['long-poll', 'buffered']]);
    expect(stage.got()).toEqual([5]);
  });

  it('is noticed behind its answer too: a requested heartbeat does not come', () => {
    const stage = new Stage().take('tick').joins().listens();
    probed(stage).pass(1500);
    expect(stage.channel?.transport).toBe('long-poll');
    expect(stage.every('retry').at(-1)?.[0]).toEqual({ code: 'buffered' });
  });

  it('is not suspected when the heartbeat comes before its acknowledgement', () => {
    const stage = new Stage().take('tick').joins().listens().hears(wire('heartbeat'));
    probed(stage).settleControl().pass(6000);
    expect(stage.channel?.transport).toBe('stream');
  });

  it('is noticed where it comes in heaps: what comes late beside the heartbeat, or with an older one, is no proof', () => {
    const stage = new Stage().take('tick').joins().listens();
    stage.hears(data(1));
    stage.answers(wire('heartbeat-ack', { probe: stage.control?.requestId ?? 0, time: 100_000 }));
    stage
      .pass(1000)
      .hears(data(2), wire('heartbeat', { time: 99_000 }))
      .pass(499);
    expect(stage.channel?.transport).toBe('stream');
    expect(stage.pass(1).channel?.transport).toBe('long-poll');
    expect(stage.every('retry').at(-1)?.[0]).toEqual({ code: 'buffered' });
  });

  it('is not suspected of a line that is slow, but as slow for the answer', () => {
    const stage = new Stage().take('tick').joins().listens().pass(4000);
    stage.answers(wire('heartbeat-ack', { probe: stage.control?.requestId ?? 0, time: 100_000 }));
    stage
      .pass(1400)
      .hears(wire('heartbeat', { time: 100_000 }))
      .pass(6000);
    expect(stage.channel?.transport).toBe('stream');
  });

  it('is not suspected while the line is busy with what came before', () => {
    const stage = new Stage().take('tick').joins().listens();
    probed(stage);
    const requestId = stage.channel?.requestId ?? 0;
    for (let position = 1; position < 9; position += 1)
      stage.pass(1000).take('data', requestId, [data(position)], 20_000);
    expect(stage.channel?.transport).toBe('stream');
    // A server that is congested leaves the heartbeat out: it is asked for once more.
    while (stage.control?.fields['type'] !== 'heartbeat') {
      if (stage.control) stage.answers(wire('ack-ack'));
      else stage.pass(100);
    }
    probed(stage).pass(1500);
    expect(stage.every('retry')[0]?.[0]).toEqual({ code: 'buffered' });
  });

  it('is given up after a sleep in which it died, whatever was asked for before', () => {
    const stage = new Stage().take('tick').joins().listens();
    probed(stage);
    const before = stage.channel?.requestId;
    stage.now += 28_000;
    stage.take('tick');
    expect(stage.channel?.requestId).not.toBe(before);
  });

  it('is not suspected when the client itself stood still', () => {
    const stage = new Stage().take('tick').joins().listens();
    probed(stage);
    stage.now += 4000;
    stage.take('tick').hears(wire('heartbeat')).pass(6000);
    expect(stage.channel?.transport).toBe('stream');
  });

  it('is not asked for proof again once it gave it', () => {
    const stage = new Stage().take('tick').joins().listens();
    probed(stage).hears(wire('heartbeat')).pass(2000).settleControl().cut();
    expect(stage.listens().control).toBeUndefined();
  });

  it('is not thought worse of when the network was away: what ends cannot be held back', () => {
    const stage = new Stage().take('tick').joins().pass(5000);
    expect(stage.channel?.transport).toBe('long-poll');
    stage.pass(10_000);
    while (stage.channel?.transport !== 'stream') stage.pass(10);
    stage.listens();
    expect(stage.every('transport')).toEqual([['stream', 'better']]);
  });
});

describe('a stream that is cut again and again', () => {
  it('makes place for the long poll after three short lives', () => {
    const stage = Stage.open();
    for (let time = 0; time < 3; time += 1) {
      stage.pass(500).cuts();
      while (stage.channel === undefined) stage.pass(10);
      stage.listens();
    }
    expect(stage.every('transport').at(-1)).toEqual(['long-poll', 'cut']);
  });

  it('does not while it lives long in between', () => {
    const stage = Stage.open();
    for (let time = 0; time < 9; time += 1) stage.pass(5000).cut().pass(500).listens().settleControl();
    expect(stage.every('transport')).toEqual([['stream', 'first']]);
  });

  it('does not when it never began: that is no fault of the transport', () => {
    const stage = Stage.open();
    for (let time = 0; time < 9; time += 1) {
      stage.cuts();
      while (stage.channel === undefined) {
        if (stage.control !== undefined) stage.fails();
        stage.pass(10);
      }
    }
    expect(stage.channel?.transport).toBe('stream');
  });

  it.each(['stream', 'event-source', 'iframe', 'web-socket'] as const)(
    'does when %s never says a word while the server answers on the other channel',
    (transport) => {
      const stage = new Stage({ transports: [transport, 'long-poll'] }).take('tick').joins();
      for (let time = 0; time < 3; time += 1) {
        stage.cuts();
        while (stage.channel === undefined) stage.settleControl().pass(10);
      }
      expect(stage.channel?.transport).toBe('long-poll');
    },
  );

  it.each(['event-source', 'iframe'] as const)(
    'first shows the key in the address of %s: in a frame on another site no cookie comes back',
    (transport) => {
      const stage = new Stage({ transports: [transport, 'long-poll'] }).take('tick').joins();
      const shown: unknown[] = [];
      for (let time = 0; time < 2; time += 1) {
        shown.push(stage.channel?.fields['show']);
        stage.cuts();
        while (stage.channel === undefined) stage.settleControl().pass(10);
      }
      expect([...shown, stage.channel?.fields['show']]).toEqual([undefined, true, undefined]);
    },
  );

  it('keeps the key out of addresses when the server itself was away', () => {
    const stage = new Stage({ transports: ['event-source', 'long-poll'] }).take('tick').joins();
    stage.cuts();
    while (stage.channel === undefined) {
      if (stage.control !== undefined) stage.fails();
      stage.pass(10);
    }
    expect(stage.channel.fields['show']).toBeUndefined();
  });

  it('makes place too when a server or proxy refuses it again and again', () => {
    const stage = Stage.open();
    for (let time = 0; time < 4; time += 1)
      stage.cut({ code: 'server', status: 502 }).settleControl().pass(2000);
    expect(stage.channel?.transport).toBe('long-poll');
  });

  it('makes place too when it falls silent again and again before it is proven', () => {
    const stage = Stage.open();
    for (let time = 0; time < 3; time += 1) stage.pass(16_000).listens().settleControl();
    expect(stage.every('transport').at(-1)).toEqual(['long-poll', 'cut']);
  });
});

describe('the way up', () => {
  it('is tried later, and kept when it works', () => {
    const stage = onPull();
    while (stage.channel?.transport === 'long-poll' && stage.now < 60_000)
      refresh(stage.pass(2000), 0, wire('refresh-ack'), data(stage.now));
    expect(stage.now).toBeGreaterThanOrEqual(5000 + 15_000);
    expect(stage.channel?.transport).toBe('stream');
    stage.listens();
    expect(stage.every('transport')).toEqual([
      ['long-poll', 'buffered'],
      ['stream', 'better'],
    ]);
  });

  it('leads back within five seconds when it does not, without the application noticing', () => {
    const stage = onPull();
    stage.state.selector.upAt = stage.now + 1000;
    stage.pass(1000);
    expect(stage.channel?.transport).toBe('stream');
    stage.pass(5000).listens();
    expect(stage.channel?.transport).toBe('long-poll');
    expect(stage.every('transport')).toEqual([['long-poll', 'buffered']]);
  });

  it('is tried after twice the time at each failure, up to ten minutes', () => {
    const stage = onPull();
    const tries: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      tries.push(stage.state.selector.upAt - stage.now);
      stage.state.selector.upAt = stage.now + 1;
      stage.pass(5001).listens();
    }
    for (const [index, delay] of tries.entries()) {
      const longest = Math.min(600_000, 30_000 * 2 ** index);
      expect(delay).toBeGreaterThanOrEqual(longest / 2);
      expect(delay).toBeLessThanOrEqual(longest);
    }
  });

  it('is tried at once after the computer woke up', () => {
    const stage = onPull().take('wake');
    stage.listens();
    stage.take('tick');
    expect(stage.channel?.transport).toBe('stream');
  });
});

describe('the application’s selector', () => {
  it('takes effect in mid-session, from the place reached', () => {
    const stage = Stage.open().hears(data(1));
    const before = stage.channel;
    stage.take('use', 'long-poll');
    expect(before?.over).toBe(true);
    expect(stage.channel).toMatchObject({ transport: 'long-poll', fields: { ack: cur(1) } });
    refresh(refresh(stage.listens()), 0, wire('refresh-ack'), data(2));
    expect(stage.got()).toEqual([1, 2]);
    expect(stage.every('transport').at(-1)).toEqual(['long-poll', 'asked']);
  });

  it('stands whatever happens', () => {
    const stage = Stage.open().take('use', 'stream');
    for (let time = 0; time < 600; time += 1) {
      if (stage.channel !== undefined) stage.cut();
      stage.pass(100);
    }
    expect(stage.channel?.transport ?? 'stream').toBe('stream');
  });

  it('ends with auto', () => {
    const stage = Stage.open().take('use', 'poll').listens().take('use', 'auto');
    expect(stage.channel?.transport).toBe('stream');
  });

  it('of what is in use changes nothing', () => {
    const stage = Stage.open();
    const before = stage.channel;
    expect(stage.take('use', 'stream').channel).toBe(before);
  });

  it('of what does not exist here is told, and ends', () => {
    const stage = Stage.open().take('use', 'iframe').cut({ code: 'unsupported' });
    expect(stage.every('error')).toEqual([[{ code: 'unsupported', reason: 'iframe' }]]);
    expect(stage.pass(1000).channel?.transport).toBe('stream');
  });

  it('of a ladder is gone down where a rung does not exist', () => {
    const stage = new Stage({ transports: ['event-source', 'stream'] })
      .take('tick')
      .joins()
      .cut({ code: 'unsupported' });
    expect(stage.channel?.transport).toBe('stream');
  });

  it('of one that cannot tell why it failed lets the control channel ask', () => {
    const stage = Stage.open({ transports: ['event-source'] }).cut();
    stage.cut();
    expect(stage.control?.fields['type']).toBe('heartbeat');
    stage.fails({ code: 'unknown-session', status: 410 });
    expect(stage.control?.fields['type']).toBe('join');
  });
});
