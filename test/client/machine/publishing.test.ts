import { describe, expect, it } from 'vitest';
import { Stage, wire } from '../kit.ts';

const accepted = wire('publish-ack');

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

  it('keeps the order: the next goes when the one before was accepted', () => {
    const stage = Stage.open();
    for (const value of [1, 2, 3]) stage.publishes(value);
    stage.answers(accepted).fails().pass(1000).answers(accepted).answers(accepted);
    const values = stage.sent
      .filter((one) => one.fields['type'] === 'publish')
      .map((one) => one.fields['data']);
    expect(values).toEqual([1, 2, 2, 3]);
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
    expect(stage.every('abort').at(-1)).toEqual([stage.sent.at(-1)?.of]);
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
