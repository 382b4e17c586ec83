import { describe, expect, it } from 'vitest';
import { TurnShare, Turns } from '../../packages/handler/src/turns.ts';

function loop() {
  const deferred: (() => void)[] = [];
  const clock = { now: 0 };
  const turns = new Turns({ defer: (task) => void deferred.push(task), now: () => clock.now });
  const turn = () => {
    for (const task of deferred.splice(0)) task();
  };
  return { clock, turns, turn };
}

describe('a connection that brings a thousand commands in one write', () => {
  it('has 32 of them carried out in each turn, in their order', () => {
    const { turns, turn } = loop();
    const share = new TurnShare(turns);
    const done: number[] = [];
    for (let n = 0; n < 1000; n += 1) share.run(() => done.push(n));
    expect(done).toHaveLength(32);
    turn();
    expect(done).toHaveLength(64);
    share.run(() => done.push(1000));
    for (let n = 0; n < 30; n += 1) turn();
    expect(done).toEqual(Array.from({ length: 1001 }, (_, n) => n));
  });

  it('has fewer carried out when they take long, and never none', () => {
    const { clock, turns, turn } = loop();
    const share = new TurnShare(turns);
    let done = 0;
    const slow = (ms: number) => () => {
      clock.now += ms;
      done += 1;
    };
    for (const ms of [2, 2, 2, 9, 9, 1]) share.run(slow(ms));
    const seen = [done];
    for (let n = 0; n < 3; n += 1) {
      turn();
      seen.push(done);
    }
    expect(seen).toEqual([3, 4, 5, 6]);
  });

  it('takes nothing from another connection', () => {
    const { turns, turn } = loop();
    const [greedy, modest] = [new TurnShare(turns), new TurnShare(turns)];
    const done = { greedy: 0, modest: 0 };
    for (let n = 0; n < 100; n += 1)
      greedy.run(() => {
        done.greedy += 1;
      });
    modest.run(() => {
      done.modest += 1;
    });
    expect(done).toEqual({ greedy: 32, modest: 1 });
    turn();
    expect(done.greedy).toBe(64);
  });

  it('goes on by itself in a turn that nobody else then has', async () => {
    const { clock, turns, turn } = loop();
    let done = 0;
    const goesOn = async () => {
      for (let n = 0; n < 3; n += 1) {
        await turns.pause();
        clock.now += 3;
        done += 1;
      }
    };
    for (let n = 0; n < 20; n += 1) void goesOn();
    for (let n = 0; n < 40; n += 1) {
      const before = clock.now;
      turn();
      await new Promise((resolve) => setImmediate(resolve));
      if (n > 0) expect(clock.now - before).toBeLessThanOrEqual(15);
    }
    expect(done).toBe(60);
  });

  it('loses nothing behind a command that throws', () => {
    const { turns, turn } = loop();
    const share = new TurnShare(turns);
    const done: number[] = [];
    for (let n = 0; n < 70; n += 1)
      share.run(() => {
        if (n === 40) throw new Error('mine');
        done.push(n);
      });
    expect(turn).toThrow('mine');
    turn();
    turn();
    expect(done).toHaveLength(69);
  });
});
