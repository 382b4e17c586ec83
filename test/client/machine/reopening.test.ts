import { describe, expect, it } from 'vitest';
import { cur, data, Stage, wire } from '../kit.ts';

const refusal = { code: 'refused', reason: 'log in', serverCode: 'not-authorized' } as const;
const nack = wire('refused', { code: 'not-authorized', reason: 'log in' });

describe('opening a client that the server refused', () => {
  it('joins anew, and makes the subscriptions that stood', () => {
    const stage = new Stage();
    const subscription = stage.subscribes();
    stage.answers(nack);
    expect(stage.state).toMatchObject({ phase: 'closed', refusal });
    stage.take('open');
    expect(stage.control?.fields).toMatchObject({ type: 'join', nonce: 'word-1' });
    stage.joins().listens().settleControl().hears(data(1));
    expect(stage.every('state')).toEqual([['closed'], ['connecting'], ['open']]);
    expect(stage.every('settled')).toEqual([
      [subscription, refusal],
      [subscription, undefined, 's1'],
    ]);
    expect(stage.got(subscription)).toEqual([1]);
    expect(stage.state.refusal).toBeUndefined();
  });

  it('does not send the messages that were given back', () => {
    const stage = new Stage();
    stage.subscribes();
    const message = stage.publishes();
    stage.answers(nack);
    expect(stage.every('settled')).toContainEqual([message, refusal]);
    stage.take('open').joins().listens().settleControl();
    expect(stage.asked).not.toContain('publish');
  });

  it('makes what was subscribed to meanwhile, and not what was unsubscribed', () => {
    const stage = new Stage();
    const first = stage.subscribes('/first');
    stage.answers(nack).take('unsubscribe', first);
    stage.subscribes('/second');
    stage.take('open').joins().listens().settleControl();
    const asked = stage.sent.map(({ fields }) => fields['subject']).filter((pattern) => pattern);
    expect(asked).toEqual(['/second']);
  });

  it('goes on after what was handed over when the refusal came at a reconnect', () => {
    const stage = Stage.open().hears(data(1), data(2));
    stage.cut({ code: 'unknown-session', status: 410 });
    stage.answers(nack).take('open');
    expect(stage.control?.fields).toMatchObject({ type: 'join', ack: cur(2) });
    stage.joins(9);
    expect(stage.channel).toBeUndefined();
    stage.accepts('s2', 2);
    expect(stage.channel?.fields['ack']).toBe(cur(2));
    stage.listens(2).hears(data(3));
    expect(stage.got()).toEqual([1, 2, 3]);
  });

  it('can be refused again, and opened again', () => {
    const stage = new Stage().take('tick').answers(nack);
    stage.take('open').answers(nack).take('open').joins().listens();
    expect(stage.every('state').flat()).toEqual(['closed', 'connecting', 'closed', 'connecting', 'open']);
  });
});

describe('opening a client that was closed', () => {
  it('makes its subscriptions again', () => {
    const stage = Stage.open().take('close').settleControl();
    expect(stage.state.phase).toBe('closed');
    stage.take('open').joins(0, 'again').accepts('s2').listens().hears(data(1));
    expect(stage.got()).toEqual([1]);
    expect(stage.every('joined')).toEqual([['me'], ['again']]);
  });

  it('waits until it has left', () => {
    const stage = Stage.open().take('close').take('open');
    expect(stage.control?.fields['type']).toBe('leave');
    stage.answers(wire('leave-ack'));
    expect(stage.control?.fields['type']).toBe('join');
  });

  it('does not happen when it is closed once more before that', () => {
    const stage = Stage.open().take('close').take('open').take('close').answers(wire('leave-ack'));
    expect(stage.state.phase).toBe('closed');
    expect(stage.asked.filter((kind) => kind === 'join')).toHaveLength(1);
  });
});

it('opening a client that is not closed changes nothing', () => {
  const stage = Stage.open();
  const asked = stage.sent.length;
  stage.take('open');
  expect([stage.sent.length, stage.state.phase]).toEqual([asked, 'open']);
});
