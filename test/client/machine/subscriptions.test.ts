import { describe, expect, it } from 'vitest';
import { cur, data, gap, type Sent, Stage, wire } from '../kit.ts';

describe('subscribing', () => {
  it('is asked for once, confirmed, and told', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    const sub = stage.subscribes('/a', { label: 'mine' });
    expect(stage.control?.fields).toMatchObject({
      type: 'subscribe',
      subject: '/a',
      label: 'mine',
      session: 'me',
    });
    stage.accepts('s9');
    expect(stage.every('settled')).toEqual([[sub, undefined, 's9']]);
    expect(stage.control).toBeUndefined();
  });

  it('travels together with others that wait, in the order of the application, up to the next message', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    for (const pattern of ['/a', '/b', '/c']) stage.subscribes(pattern);
    stage.publishes();
    stage.subscribes('/d');
    expect(stage.control?.fields).toMatchObject({ type: 'subscribe', subject: '/a' });
    stage.accepts('s1');
    const commands = (stage.control?.fields['commands'] ?? []) as { subject: string }[];
    expect([stage.control?.fields['type'], commands.map((one) => one.subject)]).toEqual([
      'batch',
      ['/b', '/c'],
    ]);
    stage.answers(
      wire('subscribe-ack', { subscription: 's2', from: cur(0) }),
      wire('refused', { code: 'not-authorized', reason: 'no' }),
    );
    expect(stage.every('settled').map(([requestId, failure]) => [requestId, failure?.code])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 'refused'],
    ]);
    expect(stage.control?.fields['type']).toBe('publish');
    stage.answers(wire('publish-ack'));
    expect(stage.control?.fields['subject']).toBe('/d');
  });

  it('that a batch answer left out is asked for again, and what it answered is not', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    for (const pattern of ['/a', '/b', '/c', '/d']) stage.subscribes(pattern);
    stage.accepts('s1');
    const { requestId } = stage.control as Sent;
    stage.take('data', requestId, [
      wire('subscribe-ack', { subscription: 's2', from: cur(0) }),
      wire('subscribe-ack', { subscription: 's3', from: cur(0), past: 1 }),
    ]);
    stage.fails().pass(1000);
    const asked = (stage.control?.fields['commands'] ?? []) as { subject: string }[];
    expect(asked.map((one) => one.subject)).toEqual(['/c', '/d']);
  });

  it('that a batch answer has confirmed, and that is given up before the answer ends, is ended', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    const [, wanted] = ['/a', '/b', '/c'].map((pattern) => stage.subscribes(pattern));
    stage.accepts('s1');
    const { requestId } = stage.control as Sent;
    stage.take('data', requestId, [
      wire('subscribe-ack', { subscription: 's2', from: cur(0) }),
      wire('refused', { code: 'not-authorized', reason: 'no' }),
    ]);
    stage.take('unsubscribe', wanted as number);
    stage.ends(requestId);
    expect(stage.control?.fields).toMatchObject({ type: 'unsubscribe', subscription: 's2' });
  });

  it('is asked for one by one where the server knows no batch, and none is refused for that', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    for (const pattern of ['/a', '/b', '/c']) stage.subscribes(pattern);
    stage.accepts('s1').answers(wire('refused', { code: 'unknown-command', reason: 'no command' }));
    for (const sid of ['s2', 's3']) {
      stage.pass(1000);
      expect(stage.control?.fields['type']).toBe('subscribe');
      stage.accepts(sid);
    }
    expect(stage.every('settled')).toEqual(
      [1, 2, 3].map((requestId) => [requestId, undefined, `s${requestId}`]),
    );
  });

  it('that nobody wants any more, and whose answer was lost, is ended by the message that asked for it', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    const sub = stage.subscribes('/ghost');
    stage.take('unsubscribe', sub);
    const asked = stage.control?.fields['messageId'];
    stage.fails().pass(1000);
    expect(stage.control?.fields).toMatchObject({
      type: 'unsubscribe',
      subscription: undefined,
      madeBy: asked,
    });
    stage.answers(wire('unsubscribe-ack')).pass(3000);
    expect(stage.control).toBeUndefined();
  });

  it('asks again under the same name when the answer was lost', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    stage.subscribes();
    const first = stage.control?.fields['messageId'];
    stage.fails().pass(1000);
    expect(stage.control?.fields['messageId']).toBe(first);
  });

  it('ends with the server’s reason when it is refused, and the others stand', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/secret');
    stage.answers(wire('refused', { code: 'not-authorized', reason: 'not for you' })).hears(data(1));
    expect(stage.every('settled').at(-1)).toEqual([
      sub,
      { code: 'refused', reason: 'not for you', serverCode: 'not-authorized' },
    ]);
    expect(stage.got()).toEqual([1]);
  });

  it('hands events only to the subscriptions that match', () => {
    const stage = Stage.open();
    stage.subscribes('/b/*,/c');
    stage
      .accepts('s2')
      .hears(data(1, '/a/x'), data(2, '/b/x'), data(3, '/b/x/y'), data(4, '/c/x'), data(5, '/d'));
    expect(stage.got(1)).toEqual([1]);
    expect(stage.got(2)).toEqual([2, 4]);
    expect(stage.every('item')).toHaveLength(5);
  });

  it('matches by prefix where the server does', () => {
    const stage = new Stage({ matching: 'prefix' }).take('tick').joins().listens().settleControl();
    stage.subscribes('/a');
    stage.accepts().hears(data(1, '/abc'));
    expect(stage.got()).toEqual([1]);
  });
});

describe('events that come before the confirmation', () => {
  it('are kept back and handed over behind it, as far as they came after it', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a/**');
    stage.hears(data(1), data(2), data(3));
    expect(stage.got(sub)).toEqual([]);
    stage.accepts('s2', 2);
    expect(stage.got(sub)).toEqual([3]);
    expect(stage.got(1)).toEqual([1, 2, 3]);
  });

  it('are told as a gap when there are too many', () => {
    const stage = Stage.open();
    const sub = stage.subscribes();
    for (let position = 1; position <= 1026; position += 1) stage.hears(data(position));
    stage.accepts('s2', 0);
    expect(stage.got(sub).slice(-2)).toEqual([1024, '1025-1026']);
  });

  it('are all handed over where the server does not tell the beginning', () => {
    const stage = Stage.open();
    const sub = stage.subscribes();
    stage.hears(data(1)).answers(wire('subscribe-ack', { subscription: 's2' }));
    expect(stage.got(sub)).toEqual([1]);
  });
});

describe('the past', () => {
  it('comes first, then what was live meanwhile', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a', { last: 2 });
    stage.hears(data(5), data(6), data(7));
    stage.answers(wire('subscribe-ack', { subscription: 's2', from: cur(6), past: 2 }), data(4), data(5));
    stage.hears(data(8));
    expect(stage.got(sub)).toEqual([4, 5, 7, 8]);
    expect(stage.got(1)).toEqual([5, 6, 7, 8]);
  });

  it('does not move the place of the stream', () => {
    const stage = Stage.open().hears(data(9));
    stage.subscribes('/a', { since: cur(1) });
    stage.answers(wire('subscribe-ack', { subscription: 's2', from: cur(9) }), data(2), data(3));
    expect(stage.state.at?.text).toBe(cur(9));
  });

  it('that was cut off loses nothing with its session, and takes the beginning that the next one names', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a', { last: 10 });
    const { requestId } = stage.control as Sent;
    stage.take('data', requestId, [
      wire('subscribe-ack', { subscription: 's2', from: cur(25), past: 10 }),
      data(16),
      data(17),
    ]);
    stage.hears(wire('abort', { reason: 'revoked' }));
    stage.pass(1000).joins(15, 'again').accepts('s1');
    expect(stage.control?.fields).toMatchObject({ since: cur(17), last: undefined });
    stage.answers(wire('subscribe-ack', { subscription: 's3', from: cur(19), past: 2 }), data(18), data(19));
    expect(stage.got(sub)).toEqual([16, 17, 18, 19]);
  });

  it('is not followed by gaps that it has passed; others are cut to what it has not', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a', { last: 2 });
    stage.answers(wire('subscribe-ack', { subscription: 's2', from: cur(9), past: 2 }), data(8), data(9));
    stage.hears(gap(2, 7), gap(8, 11));
    expect([stage.got(sub), stage.got(1)]).toEqual([
      [8, 9, '10-11'],
      ['2-7', '8-11'],
    ]);
  });

  it('may begin with a gap, which only its subscription gets', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a', { since: cur(1) });
    stage.answers(wire('subscribe-ack', { subscription: 's2', from: cur(9) }), gap(2, 5), data(6));
    expect(stage.got(sub)).toEqual(['2-5', 6]);
    expect(stage.got(1)).toEqual([]);
  });

  it('that was cut off is asked for from there under its own id, and what came before is not repeated', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a', { last: 3 });
    const { requestId, fields } = stage.control as Sent;
    stage.take('data', requestId, [
      wire('subscribe-ack', { subscription: 's2', from: cur(9), past: 3 }),
      data(7),
    ]);
    stage.fails().pass(1000);
    expect(stage.control?.fields).toMatchObject({
      type: 'subscribe',
      last: undefined,
      since: cur(7),
      messageId: fields['messageId'],
    });
    stage.answers(
      wire('subscribe-ack', { subscription: 's2', from: cur(9), past: 3 }),
      data(7),
      data(8),
      data(9),
    );
    expect(stage.got(sub)).toEqual([7, 8, 9]);
  });

  it('that is shorter than announced counts as cut off', () => {
    const stage = Stage.open();
    stage.subscribes('/a', { last: 3 });
    stage.answers(wire('subscribe-ack', { subscription: 's2', from: cur(9), past: 3 }), data(7)).pass(1000);
    expect(stage.control?.fields['type']).toBe('subscribe');
    expect(stage.every('settled')).toHaveLength(1);
  });
});

describe('after the session was lost', () => {
  function lost(): Stage {
    return Stage.open().hears(data(3)).cut({ code: 'unknown-session', status: 410 });
  }

  it('joins anew with a claim and a new word', () => {
    expect(lost().control?.fields).toMatchObject({
      type: 'join',
      nonce: 'word-1',
      ack: cur(3),
      session: undefined,
      key: undefined,
    });
  });

  it('makes every subscription anew before it listens from its place', () => {
    const stage = Stage.open();
    stage.subscribes('/b');
    stage.accepts('s2').hears(data(3)).cut({ code: 'unknown-session' }).joins(9, 'again');
    expect(stage.channel).toBeUndefined();
    stage.accepts('t1', 3);
    expect(stage.channel).toBeUndefined();
    stage.accepts('t2', 3);
    expect(stage.channel?.fields).toMatchObject({ type: 'listen', session: 'again', ack: cur(3) });
    stage.listens(3).hears(data(4), data(5, '/b'));
    expect([stage.got(1), stage.got(2)]).toEqual([[3, 4], [5]]);
  });

  it('makes a subscription that the server never confirmed only after the listen, where it counts from now on', () => {
    const stage = lost();
    stage.subscribes('/new');
    stage.joins(9, 'again').accepts('t1', 3);
    expect(stage.channel?.fields['type']).toBe('listen');
    expect(stage.control?.fields['subject']).toBe('/new');
  });

  it('hands to a subscription nothing from before its beginning', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/b');
    stage
      .accepts('s2', 8)
      .cut({ code: 'unknown-session' })
      .joins(9, 'again')
      .accepts('t1', 0)
      .accepts('t2', 0);
    stage.listens(0).hears(data(7, '/b'), data(9, '/b'));
    expect(stage.got(sub)).toEqual([9]);
  });

  it('does not ask for the past again', () => {
    const stage = Stage.open();
    stage.subscribes('/b', { last: 5 });
    stage.accepts('s2').cut({ code: 'unknown-session' }).joins(9, 'again').accepts('t1', 0);
    expect(stage.control?.fields).toMatchObject({ subject: '/b', last: undefined });
  });

  it('never goes on silently in another log: the server’s gap is handed on', () => {
    const stage = lost().joins(0, 'again').accepts('t1', 3);
    stage.hears(wire('listen-ack', { cursor: cur(3) }), gap(4, 0, 'epoch', 'f'), data(1, '/a', 'f'));
    expect(stage.got()).toEqual([3, '4-0', 1]);
  });

  it('notices the loss over the control channel too', () => {
    const stage = Stage.open();
    stage.publishes();
    stage.fails({ code: 'unknown-session', status: 410 });
    expect(stage.channel).toBeUndefined();
    expect(stage.control?.fields['type']).toBe('join');
  });

  it('starts over when the new session is lost in the middle', () => {
    const stage = lost().joins(9, 'again').fails({ code: 'unknown-session' }).pass(1000);
    expect(stage.control?.fields).toMatchObject({ type: 'join', nonce: 'word-2', ack: cur(3) });
    stage.joins(9, 'third').accepts('u1', 3).listens(3).hears(data(4));
    expect(stage.got()).toEqual([3, 4]);
  });

  it('ends a subscription that is refused now', () => {
    const stage = lost()
      .joins(9, 'again')
      .answers(wire('refused', { code: 'not-authorized' }));
    expect(stage.every('settled').at(-1)?.[1]).toMatchObject({ code: 'refused' });
    expect(stage.channel?.fields['type']).toBe('listen');
  });
});

describe('a subscription that the server takes away', () => {
  const failure = {
    code: 'refused',
    reason: 'the server took the subscription away',
    serverCode: 'revoked',
  };

  it('ends with an error, and gets nothing more of what others match', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a/**');
    stage.accepts('s2').hears(data(1), wire('revoked', { subscription: 's2' }), data(2));
    expect(stage.every('settled').at(-1)).toEqual([sub, failure]);
    expect([stage.got(sub), stage.got(1)]).toEqual([[1], [1, 2]]);
  });

  it('ends with the next listen when the word was lost with its connection', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a/**');
    stage.accepts('s2').hears(data(1)).cut({ code: 'unreachable' }).pass(1000);
    stage.hears(wire('listen-ack', { cursor: cur(1), revoked: 's9,s2' }), data(2));
    expect(stage.every('settled').at(-1)).toEqual([sub, failure]);
    expect([stage.got(sub), stage.got(1)]).toEqual([[1], [1, 2]]);
  });

  it('ends when its confirmation comes later than the word', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/a/**');
    stage
      .hears(wire('revoked', { subscription: 's2' }))
      .accepts('s2')
      .hears(data(1));
    expect(stage.every('settled').at(-1)).toEqual([sub, failure]);
    expect(stage.got(sub)).toEqual([]);
  });

  it('is not mistaken for one of the next session', () => {
    const stage = Stage.open();
    stage
      .hears(wire('revoked', { subscription: 't1' }))
      .cut({ code: 'unknown-session' })
      .joins(9, 'again');
    stage.accepts('t1', 0).listens(0).hears(data(1));
    expect(stage.got(1)).toEqual([1]);
  });
});

describe('unsubscribing', () => {
  it('hands over nothing more from that moment, and tells the server', () => {
    const stage = Stage.open().take('unsubscribe', 1).hears(data(1));
    expect(stage.got()).toEqual([]);
    expect(stage.control?.fields).toMatchObject({ type: 'unsubscribe', subscription: 's1' });
    expect(stage.answers(wire('unsubscribe-ack')).pass(5000).control?.fields['type']).not.toBe('unsubscribe');
  });

  it('is repeated until the server knows, and is content when the server knows no such subscription', () => {
    const stage = Stage.open().take('unsubscribe', 1).fails().pass(700);
    expect(stage.control?.fields['type']).toBe('unsubscribe');
    stage.answers(wire('refused', { code: 'unknown-subscription' }));
    expect(stage.state.ends.size).toBe(0);
  });

  it('of one that was never asked for asks nothing', () => {
    const stage = new Stage();
    const sub = stage.subscribes();
    stage.take('unsubscribe', sub).joins().listens().pass(1000).settleControl();
    expect(stage.asked).not.toContain('subscribe');
  });

  it('of one that is being asked for waits for the answer', () => {
    const stage = Stage.open();
    const sub = stage.subscribes('/b');
    stage.take('unsubscribe', sub);
    expect(stage.control?.fields['type']).toBe('subscribe');
    stage.accepts('s2');
    expect(stage.control?.fields).toMatchObject({ type: 'unsubscribe', subscription: 's2' });
    expect(stage.every('settled').filter(([requestId]) => requestId === sub)).toEqual([]);
  });

  it('in a lost session asks nothing: the server has forgotten', () => {
    const stage = Stage.open()
      .cut({ code: 'unknown-session' })
      .take('unsubscribe', 1)
      .joins(1, 'again')
      .listens(0);
    expect(stage.asked).not.toContain('unsubscribe');
    expect(stage.channel?.fields['type']).toBe('listen');
  });

  it('and subscribing again is two subscriptions', () => {
    const stage = Stage.open().take('unsubscribe', 1);
    const sub = stage.subscribes('/a');
    stage.answers(wire('unsubscribe-ack')).accepts('s2').hears(data(1));
    expect([stage.got(1), stage.got(sub)]).toEqual([[], [1]]);
  });
});
