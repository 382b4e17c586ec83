import type { JsonValue } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { type Sent, Stage, wire } from '../kit.ts';

const accepted = wire('publish-ack');
const refused = wire('refused', { code: 'not-authorized', reason: 'no' });

/** The data of the messages of one request. */
function valuesOf({ fields }: Sent): unknown[] {
  const commands = (fields['commands'] ?? [fields]) as { type: string; data: unknown }[];
  return commands.filter(({ type }) => type === 'publish').map(({ data }) => data);
}

/** A client with messages that wait behind one that is under way, and the numbers of those that wait. */
function waiting(...values: JsonValue[]): { stage: Stage; messages: number[] } {
  const stage = Stage.open();
  stage.publishes('first');
  return { stage, messages: values.map((value) => stage.publishes(value)) };
}

describe('publishing', () => {
  it('resolves when the server has accepted', () => {
    const stage = Stage.open();
    const message = stage.publishes({ x: 1 });
    expect(stage.control?.fields).toMatchObject({
      type: 'publish',
      subject: '/a',
      data: { x: 1 },
      session: 'me',
    });
    stage.answers(accepted);
    expect(stage.every('settled').at(-1)).toEqual([message, undefined, undefined]);
    expect(stage.state.tasks.has(message)).toBe(false);
  });

  it('keeps the order: what waits goes when the one before was accepted', () => {
    const stage = Stage.open();
    for (const value of [1, 2, 3]) stage.publishes(value);
    stage.answers(accepted).fails().pass(1000).answers(accepted, accepted);
    expect(stage.sent.map(valuesOf).filter((values) => values.length > 0)).toEqual([[1], [2, 3], [2, 3]]);
  });

  it('is repeated under the same name, so that it is accepted once', () => {
    const stage = Stage.open();
    stage.publishes();
    const name = stage.control?.fields['messageId'];
    stage.fails({ code: 'timeout' }).pass(1000);
    expect(stage.control?.fields['messageId']).toBe(name);
  });

  it('gives every message a name of its own', () => {
    const stage = Stage.open();
    stage.publishes();
    stage.publishes();
    stage.answers(accepted).answers(accepted);
    const names = stage.sent
      .filter((one) => one.fields['type'] === 'publish')
      .map((one) => one.fields['messageId']);
    expect(new Set(names).size).toBe(2);
  });

  it('is refused with the server’s reason', () => {
    const stage = Stage.open();
    const message = stage.publishes();
    stage.answers(wire('refused', { code: 'not-authorized', reason: 'no' }));
    expect(stage.every('settled').at(-1)).toEqual([
      message,
      { code: 'refused', reason: 'no', serverCode: 'not-authorized' },
    ]);
  });

  it('waits for the session when there is none yet', () => {
    const stage = new Stage();
    stage.publishes();
    expect(stage.control?.fields['type']).toBe('join');
    expect(stage.joins().control?.fields['type']).toBe('publish');
  });

  it('is not confirmed when the session ends before the answer: sending it again could publish it twice', () => {
    const stage = Stage.open();
    const message = stage.publishes();
    stage.cut({ code: 'unknown-session' });
    expect(stage.every('settled').at(-1)).toEqual([message, { code: 'unconfirmed' }]);
  });

  it('is sent again in the next session when the answer itself says that the session was gone', () => {
    const stage = Stage.open();
    const message = stage.publishes();
    stage.fails({ code: 'unknown-session', status: 410 }).joins(0, 'again').accepts('t1').answers(accepted);
    expect(stage.every('settled').at(-1)).toEqual([message, undefined, undefined]);
  });

  it('is not, when an attempt before may have been accepted', () => {
    const stage = Stage.open();
    const message = stage.publishes();
    stage.fails().pass(1000).fails({ code: 'unknown-session', status: 410 });
    expect(stage.every('settled').at(-1)).toEqual([message, { code: 'unconfirmed' }]);
  });

  it('survives the loss of a session in which it was not sent yet', () => {
    const stage = Stage.open();
    stage.publishes(1);
    const second = stage.publishes(2);
    stage.cut({ code: 'unknown-session' }).joins(0, 'again').accepts('t1').answers(accepted);
    expect(stage.every('settled').at(-1)).toEqual([second, undefined, undefined]);
  });
});

describe('messages that wait', () => {
  it('travel together, and each has its own answer', () => {
    const { stage, messages } = waiting(1, 2, 3);
    stage.answers(accepted);
    expect(stage.control?.fields).toMatchObject({ type: 'batch', session: 'me' });
    expect(valuesOf(stage.control as Sent)).toEqual([1, 2, 3]);
    stage.answers(accepted, refused, accepted);
    expect(
      stage
        .every('settled')
        .slice(-3)
        .map(([message, failure]) => [message, failure?.serverCode]),
    ).toEqual([
      [messages[0], undefined],
      [messages[1], 'not-authorized'],
      [messages[2], undefined],
    ]);
    expect(stage.control).toBeUndefined();
  });

  it('carry whatever data they have, also null', () => {
    const { stage } = waiting(null, 0, '');
    stage.answers(accepted);
    expect(valuesOf(stage.control as Sent)).toEqual([null, 0, '']);
  });

  it('keep the order where one is to be sent again: nothing behind it counts as sent', () => {
    const { stage, messages } = waiting(1, 2, 3);
    stage.answers(accepted).answers(accepted, wire('refused', { code: 'uncertain', reason: 'perhaps' }));
    expect(stage.every('settled').at(-1)?.[0]).toBe(messages[0]);
    stage.pass(1000);
    expect(valuesOf(stage.control as Sent)).toEqual([2, 3]);
  });

  it('whose answer was left out go next, and are unconfirmed when the session is gone then: the answer may have been cut off', () => {
    const { stage, messages } = waiting(1, 2, 3);
    stage.answers(accepted).answers(accepted);
    expect(valuesOf(stage.control as Sent)).toEqual([2, 3]);
    stage.fails({ code: 'unknown-session', status: 410 });
    expect(stage.every('settled').slice(-2)).toEqual(
      messages.slice(1).map((message) => [message, { code: 'unconfirmed' }]),
    );
  });

  it('go to the next session when the first answer is that theirs is gone', () => {
    const { stage, messages } = waiting(1, 2);
    stage.answers(accepted).fails({ code: 'unknown-session', status: 410 }).joins(0, 'again').accepts('t1');
    expect(valuesOf(stage.control as Sent)).toEqual([1, 2]);
    stage.answers(accepted, accepted);
    expect(stage.every('settled').at(-1)).toEqual([messages[1], undefined, undefined]);
  });

  it('are all unconfirmed when the session ends before any answer', () => {
    const { stage, messages } = waiting(1, 2);
    stage.answers(accepted).cut({ code: 'unknown-session' });
    expect(stage.every('settled').slice(-2)).toEqual(
      messages.map((message) => [message, { code: 'unconfirmed' }]),
    );
  });

  it('that were sent are sent again by themselves, and what was asked for since goes behind them', () => {
    const { stage } = waiting(1, 2);
    stage.answers(accepted);
    stage.publishes(3);
    stage.fails().pass(1000);
    expect(valuesOf(stage.control as Sent)).toEqual([1, 2]);
    stage.answers(accepted, accepted);
    expect(valuesOf(stage.control as Sent)).toEqual([3]);
  });

  it('of which one is given up are not sent with it again', () => {
    const { stage, messages } = waiting(1, 2, 3);
    stage.answers(accepted).take('unsubscribe', messages[1] as number);
    stage.fails().pass(1000);
    expect(valuesOf(stage.control as Sent)).toEqual([1, 3]);
  });

  it('are divided by what a server takes in one message, each of whose characters may be three bytes', () => {
    const { stage } = waiting(...Array.from({ length: 6 }, () => '一'.repeat(5000)));
    stage.answers(accepted);
    expect(valuesOf(stage.control as Sent)).toHaveLength(3);
    expect(Buffer.byteLength(JSON.stringify(stage.control?.fields))).toBeLessThan(49_152);
  });

  it('do not travel with subscriptions, and keep their place among them', () => {
    const { stage } = waiting(1, 2);
    stage.subscribes('/b');
    stage.publishes(3);
    stage.answers(accepted);
    expect(valuesOf(stage.control as Sent)).toEqual([1, 2]);
    stage.answers(accepted, accepted);
    expect(stage.control?.fields).toMatchObject({ type: 'subscribe', subject: '/b' });
    stage.accepts('s2');
    expect(valuesOf(stage.control as Sent)).toEqual([3]);
  });

  it.each([
    ['refuses each of them', (stage: Stage) => stage.answers(...[1, 2].map(() => unknown))],
    [
      'refuses the whole',
      (stage: Stage) => stage.fails({ code: 'refused', serverCode: 'invalid-field', reason: 'ndjson only' }),
    ],
  ])('go one by one where a server of an earlier version %s, until the next session', (_what, answer) => {
    const { stage } = waiting(1, 2);
    answer(stage.answers(accepted));
    for (const value of [1, 2]) {
      stage.pass(1);
      expect(valuesOf(stage.control as Sent)).toEqual([value]);
      stage.answers(accepted);
    }
    expect(stage.every('settled').filter(([, failure]) => failure)).toEqual([]);
    stage.cut({ code: 'unknown-session' }).joins(0, 'again').accepts('t1');
    for (const value of [3, 4, 5]) stage.publishes(value);
    stage.answers(accepted);
    expect(valuesOf(stage.control as Sent)).toEqual([4, 5]);
  });
});

const unknown = wire('refused', { code: 'unknown-command', reason: 'subscribe and unsubscribe only' });

describe('closing', () => {
  it('leaves, and tells everything that waits', () => {
    const stage = Stage.open();
    const message = stage.publishes();
    const { channel } = stage;
    stage.take('close');
    expect(channel?.over).toBe(true);
    expect(stage.every('settled').slice(-2)).toEqual([
      [1, { code: 'closed' }],
      [message, { code: 'closed' }],
    ]);
    expect(stage.control?.fields).toMatchObject({ type: 'leave', session: 'me' });
    expect(stage.answers(wire('leave-ack')).state.phase).toBe('closed');
    expect(stage.every('state').at(-1)).toEqual(['closed']);
  });

  it('is over after two seconds whatever the server does', () => {
    const stage = Stage.open().take('close').pass(2000);
    expect(stage.state.phase).toBe('closed');
    expect(stage.every('abort').at(-1)).toEqual([stage.sent.at(-1)?.requestId]);
  });

  it('is over at once when the server cannot be reached', () => {
    expect(Stage.open().take('close').fails().state.phase).toBe('closed');
  });

  it('is over at once without a session', () => {
    const stage = new Stage().take('tick').take('close');
    expect(stage.state.phase).toBe('closed');
    expect(stage.sent.every((one) => one.over)).toBe(true);
  });

  it('does not join again when the session turns out to be gone', () => {
    const stage = Stage.open()
      .take('close')
      .answers(wire('abort', { reason: 'shutdown' }))
      .pass(60_000);
    expect(stage.state.phase).toBe('closed');
    expect(stage.asked.slice(-1)).toEqual(['leave']);
  });

  it('happens once', () => {
    const stage = Stage.open().take('close').take('close').settleControl().take('close').take('wake');
    expect(stage.asked.filter((kind) => kind === 'leave')).toHaveLength(1);
    expect(stage.every('state')).toEqual([['open'], ['closed']]);
  });

  it('leaves nothing for later inputs to do', () => {
    const stage = Stage.open().take('close').settleControl();
    const before = stage.effects.length;
    stage.subscribes();
    stage.publishes();
    stage.take('tick').take('use', 'poll').pass(60_000);
    expect(stage.effects.length).toBe(before);
  });
});

describe('a request that something in front of the server turns away for what it carries', () => {
  const waf = { code: 'server', status: 403 } as const;

  it('fails alone after three attempts, each behind a heartbeat that passed, and the rest goes on', () => {
    const stage = Stage.open();
    const message = stage.publishes('<script>');
    const next = stage.publishes('fine');
    stage.fails(waf);
    for (let attempt = 2; attempt <= 3; attempt += 1) {
      stage.pass(1000);
      expect(stage.control?.fields['type']).toBe('heartbeat');
      stage.answers(wire('heartbeat-ack'));
      expect(stage.control?.fields['data']).toBe('<script>');
      stage.fails(waf);
    }
    expect(stage.every('settled').at(-1)).toEqual([message, { code: 'refused', status: 403 }]);
    stage.pass(1000).answers(wire('heartbeat-ack'));
    expect(stage.control?.fields['data']).toBe('fine');
    stage.answers(accepted);
    expect(stage.every('settled').at(-1)).toEqual([next, undefined, undefined]);
  });

  it('is kept as long as everything is turned away, as by a portal', () => {
    const stage = Stage.open();
    stage.publishes();
    for (let attempt = 0; attempt < 12; attempt += 1) stage.fails(waf).take('wake');
    expect(stage.control?.fields['type']).toBe('heartbeat');
    stage.answers(wire('heartbeat-ack')).answers(accepted);
    expect(stage.every('settled').at(-1)?.[1]).toBeUndefined();
  });

  it('fails alone among subscriptions that travel together, also of those to be made anew', () => {
    const stage = new Stage().take('tick').joins().listens().settleControl();
    for (const pattern of ['/a', '/b', '/union select', '/c']) stage.subscribes(pattern);
    for (let turn = 0; turn < 60 && stage.every('settled').length < 4; turn += 1) {
      const { type, ...rest } = stage.control?.fields ?? {};
      if (type === undefined) stage.pass(1000);
      else if (JSON.stringify(rest).includes('union')) stage.fails(waf);
      else if (type === 'heartbeat') stage.answers(wire('heartbeat-ack'));
      else if (type === 'batch')
        stage.answers(
          ...(rest['commands'] as unknown[]).map((_, n) =>
            wire('subscribe-ack', { subscription: `b${turn}${n}` }),
          ),
        );
      else stage.accepts(`s${turn}`);
    }
    expect(
      stage
        .every('settled')
        .map(([requestId, failure]) => [requestId, failure?.code])
        .sort(),
    ).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 'refused'],
      [4, undefined],
    ]);
  });

  it.each([429, 408, 503])('is tried on and on where the status %i says that it may pass later', (status) => {
    const stage = Stage.open();
    stage.publishes();
    for (let attempt = 0; attempt < 6; attempt += 1) stage.fails({ code: 'server', status }).take('wake');
    expect(stage.control?.fields['type']).toBe('publish');
  });
});
