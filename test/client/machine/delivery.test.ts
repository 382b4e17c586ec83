import { describe, expect, it } from 'vitest';
import { cur, data, gap, Stage, wire } from '../kit.ts';

describe('delivery', () => {
  it('hands over what comes, in order, and moves its place', () => {
    const stage = Stage.open().hears(data(1), data(2)).hears(data(5));
    expect(stage.got()).toEqual([1, 2, 5]);
    expect(stage.state.at?.text).toBe(cur(5));
  });

  it('hands an event with everything that the server said of it', () => {
    const fields = {
      subject: '/a/b',
      cursor: cur(3),
      time: 2250,
      from: 'you',
      to: 'me',
      data: { x: [1] },
    };
    const stage = Stage.open().hears(wire('data', fields));
    const item = {
      kind: 'data',
      subject: '/a/b',
      data: { x: [1] },
      cursor: cur(3),
      position: 3,
      time: 2250,
      from: 'you',
      to: 'me',
    };
    expect(stage.every('deliver').map(([requestId, handed]) => [requestId, handed])).toEqual([[1, item]]);
    expect(stage.every('item').map(([handed]) => handed)).toEqual([item]);
  });

  it('drops what it has already handed over, and tells the server again', () => {
    const stage = Stage.open().hears(data(1), data(2)).pass(2000).settleControl();
    stage.hears(data(1), data(2), data(3));
    expect(stage.got()).toEqual([1, 2, 3]);
    expect(stage.control?.fields).toMatchObject({ type: 'ack', ack: cur(3) });
  });

  it('drops what comes late: a lower position after a higher one', () => {
    expect(Stage.open().hears(data(4), data(2), data(5)).got()).toEqual([4, 5]);
  });

  it('hands a gap to the subscriptions in its place, and goes on behind it', () => {
    const stage = Stage.open().hears(data(1), gap(2, 6), data(7));
    expect(stage.got()).toEqual([1, '2-6', 7]);
    expect(stage.state.at?.text).toBe(cur(7));
  });

  it('cuts a gap to what was not passed yet, and drops one that was passed', () => {
    expect(Stage.open().hears(data(4), gap(2, 6), gap(3, 6), data(7)).got()).toEqual([4, '5-6', 7]);
  });

  it('goes on in another epoch behind a gap that opens it', () => {
    const stage = Stage.open().hears(data(9), gap(10, 2, 'epoch', 'f'), data(3, '/a', 'f'));
    expect(stage.got()).toEqual([9, '10-2', 3]);
    expect(stage.state.at?.text).toBe(cur(3, 'f'));
  });

  it('never takes data of another epoch without a gap: it asks again from its place', () => {
    const stage = Stage.open()
      .hears(data(9))
      .hears(data(3, '/a', 'f'), data(4, '/a', 'f'));
    expect(stage.got()).toEqual([9]);
    expect(stage.channel?.fields).toMatchObject({ type: 'listen', ack: cur(9) });
  });

  it('goes back behind a gap that says that the log was forked, when it comes first', () => {
    const stage = Stage.open().hears(data(9)).cut();
    stage.hears(wire('listen-ack', { cursor: cur(9) }), gap(10, 6, 'fork'), data(7));
    expect(stage.got()).toEqual([9, '10-6', 7]);
  });

  it('drops the same gap of a fork when it comes again', () => {
    const stage = Stage.open().hears(data(9)).cut();
    stage.hears(
      wire('listen-ack', { cursor: cur(9) }),
      gap(10, 6, 'fork'),
      data(7),
      gap(10, 6, 'fork'),
      data(8),
    );
    expect(stage.got()).toEqual([9, '10-6', 7, 8]);
  });

  it('asks again when a position comes a second time with another event', () => {
    const other = wire('data', { subject: '/a', cursor: cur(9, 'e', 'other'), data: 0 });
    const stage = Stage.open().hears(data(9)).hears(other);
    expect(stage.got()).toEqual([9]);
    expect(stage.channel?.fields['ack']).toBe(cur(9));
  });

  it('goes on where a channel begins before its place, and drops the repeats', () => {
    const stage = Stage.open().hears(data(1), data(2)).cut().listens(0).hears(data(1), data(2), data(3));
    expect(stage.got()).toEqual([1, 2, 3]);
  });

  it('gives to no channel but the present one a hearing', () => {
    const stage = Stage.open().hears(data(1));
    const old = stage.channel?.requestId ?? 0;
    stage
      .cut()
      .take('data', old, [data(2)])
      .take('end', old, undefined);
    expect(stage.got()).toEqual([1]);
    stage.listens().hears(data(2));
    expect(stage.got()).toEqual([1, 2]);
  });
});

describe('a hole', () => {
  const ahead = wire('listen-ack', { cursor: cur(5) });

  it('is asked for again, twice at most', () => {
    const stage = Stage.open().hears(data(1)).cut().hears(ahead).pass(1000);
    expect(stage.channel?.fields['ack']).toBe(cur(1));
    stage.hears(ahead).pass(1000);
    expect(stage.channel?.fields['ack']).toBe(cur(1));
    expect(stage.got()).toEqual([1]);
  });

  it('is told as a gap at the third time', () => {
    const stage = Stage.open()
      .hears(data(1))
      .cut()
      .hears(ahead)
      .pass(1000)
      .hears(ahead)
      .pass(1000)
      .hears(ahead, data(6));
    expect(stage.got()).toEqual([1, '2-5', 6]);
    expect(stage.every('item')[1]?.[0]).toEqual({
      kind: 'gap',
      from: 2,
      to: 5,
      cursor: cur(5),
      reason: 'trimmed',
      count: undefined,
    });
  });

  it('between two epochs is told as such', () => {
    const other = wire('listen-ack', { cursor: cur(0, 'f') });
    const stage = Stage.open()
      .hears(data(1))
      .cut()
      .hears(other)
      .pass(1000)
      .hears(other)
      .pass(1000)
      .hears(other, data(1, '/a', 'f'));
    expect(stage.every('item').map(([item]) => (item.kind === 'gap' ? item.reason : item.cursor))).toEqual([
      cur(1),
      'epoch',
      cur(1, 'f'),
    ]);
  });

  it('within a channel is bridged in the same way', () => {
    const stage = Stage.open().hears(data(1));
    for (let time = 0; time < 2; time += 1)
      stage
        .hears(data(4, '/a', 'f'))
        .pass(1000)
        .listens(1);
    stage.hears(data(4, '/a', 'f'), data(5, '/a', 'f'));
    expect(stage.got()).toEqual([1, '2-3', 4, 5]);
  });

  it('is forgotten when something good comes in between', () => {
    const stage = Stage.open()
      .hears(data(1))
      .cut()
      .hears(ahead)
      .pass(1000)
      .hears(ahead)
      .pass(1000)
      .listens(1)
      .hears(data(2))
      .cut()
      .pass(2000);
    stage.hears(ahead);
    expect(stage.got()).toEqual([1, 2]);
  });
});

describe('acknowledging', () => {
  it('tells the server of a fourth of what it lets go unacknowledged', () => {
    const stage = new Stage().take('tick').joins();
    stage.hears(wire('listen-ack', { cursor: cur(0), window: 14 })).settleControl();
    stage.hears(data(1), data(2), data(3));
    expect(stage.control).toBeUndefined();
    stage.hears(data(4));
    expect(stage.control?.fields).toMatchObject({ type: 'ack', ack: cur(4) });
  });

  it('tells it of a fourth of the text, too', () => {
    const stage = new Stage().take('tick').joins();
    stage.hears(wire('listen-ack', { cursor: cur(0), windowChars: 2000 })).settleControl();
    const requestId = stage.channel?.requestId ?? 0;
    stage.take('data', requestId, [data(1)], 499);
    expect(stage.control).toBeUndefined();
    stage.take('data', requestId, [data(2)], 1);
    expect(stage.control?.fields).toMatchObject({ type: 'ack', ack: cur(2) });
  });

  it('tells the server of fewer after two seconds', () => {
    const stage = Stage.open().hears(data(1)).pass(1000).hears(data(2)).pass(999);
    expect(stage.control).toBeUndefined();
    expect(stage.pass(1).control?.fields).toMatchObject({ type: 'ack', ack: cur(2) });
  });

  it('tells it in passing with whatever else is asked', () => {
    const stage = Stage.open().hears(data(1));
    stage.publishes();
    expect(stage.control?.fields).toMatchObject({ type: 'publish', ack: cur(1) });
    expect(stage.settleControl().pass(3000).control).toBeUndefined();
  });

  it('says nothing twice', () => {
    const stage = Stage.open().hears(data(1)).pass(2000).settleControl();
    stage.publishes();
    expect(stage.control?.fields['ack']).toBeUndefined();
  });

  it('tells it again when the request may not have arrived', () => {
    const stage = Stage.open().hears(data(1)).pass(2000).fails();
    stage.publishes();
    stage.pass(2000);
    expect(stage.control?.fields['ack']).toBe(cur(1));
  });

  it('answers a heartbeat of a stream, and only of a stream', () => {
    const stage = Stage.open().hears(wire('heartbeat'));
    expect(stage.control?.fields['type']).toBe('heartbeat');
    const pull = Stage.open({ transports: ['long-poll'] }).hears(wire('heartbeat'));
    expect(pull.control).toBeUndefined();
  });

  it('rides on the next refresh of a long poll', () => {
    const stage = Stage.open({ transports: ['long-poll'] });
    stage.hears(wire('refresh', { waitMs: 0 })).ends(stage.channel?.requestId ?? 0);
    stage
      .hears(wire('refresh-ack'), data(1), wire('refresh', { waitMs: 0 }))
      .ends(stage.channel?.requestId ?? 0);
    expect(stage.channel?.fields).toMatchObject({ type: 'refresh', ack: cur(1) });
    expect(stage.pass(3000).control).toBeUndefined();
  });
});

describe('a subscription that is asked for when the first listen has failed', () => {
  it('begins where the server says, since the listen may have been carried out', () => {
    const stage = new Stage().take('tick').joins();
    stage.subscribes('/a');
    stage.accepts('s1').cuts();
    const late = stage.subscribes('/**');
    for (let ms = 0; ms < 700 && stage.channel === undefined; ms += 10) stage.pass(10);
    stage.listens().answers(wire('heartbeat-ack')).hears(data(1)).accepts('s2', 5);
    stage.hears(data(6));
    expect(stage.got(late)).toEqual([6]);
  });
});
