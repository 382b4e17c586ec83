import { describe, expect, it } from 'vitest';
import { cur, data, gap, Stage, wire } from '../kit.ts';

const reader = {};

/** The places that the server was told over the control channel. */
function told(stage: Stage): unknown[] {
  return stage.sent
    .filter(({ transport, fields }) => transport === 'control' && fields['type'] === 'ack')
    .map(({ fields }) => fields['ack']);
}

/** Lets time pass on a channel that lives, over which the server is told whatever is due. */
function quiet(stage: Stage, ms: number, takes?: () => void): Stage {
  for (let past = 0; past < ms; past += 1000) {
    takes?.();
    stage.pass(1000).settleControl();
    stage.hears().settleControl();
  }
  return stage;
}

describe('a reader that is behind', () => {
  it('keeps the server from being told of more than it took', () => {
    const stage = Stage.open().hears(data(1), data(2), data(3)).take('hold', reader, cur(1));
    quiet(stage, 4000).hears(data(4));
    quiet(stage, 3000);
    expect(told(stage)).toEqual([cur(1)]);
    stage.take('hold', reader, cur(2));
    quiet(stage, 3000);
    expect(told(stage)).toEqual([cur(1), cur(2)]);
    stage.take('release', reader);
    expect(told(stage)).toEqual([cur(1), cur(2), cur(4)]);
  });

  it('keeps it, however much comes', () => {
    const stage = Stage.open().take('hold', reader, undefined);
    for (let position = 1; position <= 5000; position += 1) stage.hears(data(position));
    quiet(stage, 3000);
    expect(told(stage)).toEqual([]);
    for (let position = 1; position <= 128; position += 1) stage.take('hold', reader, cur(position));
    expect(told(stage)).toEqual([cur(128)]);
  });

  it('is told of as the slowest of several', () => {
    const stage = Stage.open().hears(data(1), data(2), data(3));
    stage.take('hold', reader, cur(2)).take('hold', {}, cur(1));
    quiet(stage, 3000);
    stage.take('release', reader);
    quiet(stage, 1000);
    expect(new Set(told(stage))).toEqual(new Set([cur(1)]));
  });

  it('never makes the server go back behind what it was told', () => {
    const stage = quiet(Stage.open().hears(data(1), data(2), data(3)), 3000);
    stage.take('hold', reader, cur(1)).hears(data(4)).publishes();
    expect(told(stage)).toEqual([cur(3)]);
    expect(stage.control?.fields).toMatchObject({ type: 'publish', ack: cur(3) });
  });

  it('gets nothing twice when the connection is cut: the server repeats what it was not told of', () => {
    const stage = Stage.open().hears(data(1), data(2), data(3)).take('hold', reader, cur(1)).cut();
    expect(stage.channel?.fields).toMatchObject({ type: 'listen', ack: cur(1) });
    stage.hears(wire('listen-ack', { cursor: cur(1) }), data(2), data(3), data(4));
    expect(stage.got()).toEqual([1, 2, 3, 4]);
  });

  it('lets the next session go on from there, too', () => {
    const stage = Stage.open().hears(data(1), data(2), data(3)).take('hold', reader, cur(1));
    stage.hears(wire('abort', { reason: 'expired' }));
    while (stage.control === undefined) stage.pass(100);
    expect(stage.control?.fields).toMatchObject({ type: 'join', ack: cur(1) });
  });

  it('puts the next poll off', () => {
    const end = wire('refresh', { waitMs: 0 });
    const stage = Stage.open({ transports: ['long-poll'] });
    stage.hears(end).ends(stage.channel?.requestId ?? 0);
    stage.hears(data(1), data(2)).take('hold', reader, cur(1)).hears(end);
    stage.ends(stage.channel?.requestId ?? 0).pass(5000);
    expect(stage.channel).toBeUndefined();
    expect(told(stage)).toEqual([cur(1)]);
    stage.settleControl().take('release', reader);
    expect(stage.channel?.fields).toMatchObject({ type: 'refresh', ack: cur(2) });
  });

  it('holds nothing back any more once it has taken nothing for 20 s, until it takes again', () => {
    const stage = Stage.open().hears(data(1), data(2), data(3)).take('hold', reader, cur(1));
    quiet(stage, 19_000);
    expect(told(stage)).not.toContain(cur(3));
    quiet(stage, 6000);
    expect(told(stage).at(-1)).toBe(cur(3));
    stage.take('hold', reader, cur(2)).hears(data(4));
    quiet(stage, 3000);
    expect(told(stage).at(-1)).toBe(cur(3));
  });

  it('does not let the server take the client for dead while it takes what was told of before', () => {
    const stage = quiet(Stage.open().hears(data(1), data(2), data(3)), 3000);
    stage.take('hold', reader, cur(1)).hears(data(4), data(5), data(6));
    quiet(stage, 24_000, () => stage.take('hold', reader, cur(1)));
    expect(told(stage)).toEqual([cur(3), cur(4), cur(5)]);
  });

  it('does not keep the client from going over to another log', () => {
    const stage = Stage.open().hears(data(9)).take('hold', reader, cur(9));
    stage.hears(gap(10, 2, 'epoch', 'f'), data(3, '/a', 'f'));
    stage.publishes();
    expect(stage.control?.fields).toMatchObject({ ack: cur(3, 'f') });
    stage
      .settleControl()
      .hears(data(4, '/a', 'f'))
      .publishes();
    expect(stage.control?.fields['ack'] ?? cur(3, 'f')).toBe(cur(3, 'f'));
  });
});
