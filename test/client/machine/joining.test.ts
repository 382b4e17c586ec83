import { describe, expect, it } from 'vitest';
import { cur, Stage, wire } from '../kit.ts';

describe('joining', () => {
  it('asks at once, with a word that is this client’s own', () => {
    const stage = new Stage().take('tick');
    expect(stage.control?.fields).toMatchObject({ type: 'join', nonce: 'word-0', ack: undefined });
    expect(stage.channel).toBeUndefined();
  });

  it('repeats a lost join with the same word, so that it is the same session', () => {
    const stage = new Stage().take('tick').fails().pass(500);
    expect(stage.sent.map((one) => one.fields['nonce'])).toEqual(['word-0', 'word-0']);
  });

  it('listens as soon as it has joined, from the place that the server named', () => {
    const stage = new Stage().take('tick').joins(5);
    expect(stage.channel).toMatchObject({ transport: 'stream' });
    expect(stage.channel?.fields).toMatchObject({
      type: 'listen',
      session: 'me',
      key: 'me-key',
      ack: cur(5),
    });
    expect(stage.every('joined')).toEqual([['me']]);
  });

  it('is open when the server has answered the listen', () => {
    const stage = new Stage().take('tick').joins();
    expect(stage.state.phase).toBe('connecting');
    stage.listens();
    expect(stage.every('state')).toEqual([['open']]);
    expect(stage.every('transport')).toEqual([['stream', 'first']]);
  });

  it('claims the place that the application kept, and makes its subscriptions before it listens', () => {
    const stage = new Stage({ resumeFrom: cur(9) });
    stage.subscribes('/a');
    expect(stage.control?.fields['ack']).toBe(cur(9));
    stage.joins(20);
    expect(stage.channel).toBeUndefined();
    stage.accepts('s1', 9);
    expect(stage.channel?.fields['ack']).toBe(cur(9));
  });

  it('gives up for good when the server refuses it', () => {
    const stage = new Stage();
    const sub = stage.subscribes();
    const message = stage.publishes();
    stage.answers(wire('refused', { code: 'not-authorized', reason: 'no' }));
    const refusal = { code: 'refused', reason: 'no', serverCode: 'not-authorized' };
    expect(stage.every('settled')).toEqual([
      [sub, refusal],
      [message, refusal],
    ]);
    expect(stage.every('error')).toEqual([[refusal]]);
    expect(stage.state.phase).toBe('closed');
    expect(stage.pass(60_000).sent).toHaveLength(1);
  });

  it.each(['too-many-sessions', 'too-busy'])('tries again when the server is full: %s', (code) => {
    const stage = new Stage().take('tick').answers(wire('refused', { code: code }));
    expect(stage.state.phase).toBe('connecting');
    stage.pass(1000);
    expect(stage.asked).toEqual(['join', 'join']);
  });

  it('waits as long as the server asks', () => {
    const stage = new Stage().take('tick').fails({ code: 'server', status: 503, retryMs: 7000 }).pass(6999);
    expect(stage.sent).toHaveLength(1);
    expect(stage.pass(1).sent).toHaveLength(2);
  });

  it('takes an answer without a session for no answer', () => {
    const stage = new Stage().take('tick').answers(wire('join-ack', { session: 7 }));
    expect(stage.every('error')).toEqual([[{ code: 'malformed' }]]);
    stage.pass(1000);
    expect(stage.asked).toEqual(['join', 'join']);
  });

  it('does not join ever faster a server that forgets its sessions at once', () => {
    const stage = new Stage().take('tick');
    for (let round = 0; round < 200 && stage.now < 60_000; round += 1) {
      if (stage.control?.fields['type'] === 'join') stage.joins();
      if (stage.channel !== undefined) stage.cut({ code: 'unknown-session', status: 410 });
      stage.pass(100);
    }
    expect(stage.asked.filter((kind) => kind === 'join').length).toBeLessThan(20);
  });
});

describe('a client whose sessions are unknown as soon as they are made', () => {
  const reason = 'invalid or expired id: it was made by another process';
  const failure = { code: 'unknown-session', serverCode: 'unknown-session', status: 410, reason } as const;

  it('says so after the third in a row, once, in the words of the server', () => {
    const stage = new Stage().take('tick');
    for (let turn = 1; turn <= 6; turn += 1) {
      while (stage.control === undefined) stage.pass(10);
      stage.joins(0, `me${turn}`).cuts(failure);
      expect(stage.every('error')).toEqual(turn < 3 ? [] : [[failure]]);
    }
  });

  it('says nothing when sessions last in between', () => {
    const stage = new Stage().take('tick');
    for (let turn = 1; turn <= 6; turn += 1) {
      while (stage.control === undefined) stage.pass(10);
      stage.joins(0, `me${turn}`).listens(0);
      if (turn % 2 === 0) stage.pass(6000);
      stage.cuts(failure);
    }
    expect(stage.every('error')).toEqual([]);
  });

  it('says nothing of sessions that the server ends itself', () => {
    const stage = new Stage().take('tick');
    for (let turn = 1; turn <= 6; turn += 1) {
      while (stage.control === undefined) stage.pass(10);
      stage
        .joins(0, `me${turn}`)
        .listens(0)
        .hears(wire('abort', { reason: 'shutdown' }));
    }
    expect(stage.every('error')).toEqual([]);
  });
});
