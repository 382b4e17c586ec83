import { describe, expect, it } from 'vitest';
import { AckTimeouts } from '../../packages/core/src/ack-timeouts.ts';
import { type Person, World } from './kit.ts';

/** A client that promised to acknowledge and was handed two events. */
function acknowledging(): { world: World; alice: Person } {
  const world = new World({ ackTimeoutMs: 5000 });
  const alice = world.listener('/a', { reads: false });
  alice.session.acknowledges = true;
  world.floods('/a', 2);
  alice.session.take();
  return { world, alice };
}

const open = ({ session }: Person) => session.attached;

describe('the timeout of acknowledgements', () => {
  it('is awaited for so long; then the channel is closed and the session kept', () => {
    const { world, alice } = acknowledging();
    world.advance(4900);
    expect(open(alice)).toBe(true);
    world.advance(200);
    expect(alice.transport.calls.at(-1)).toBe('unresponsive');
    expect([open(alice), alice.session.closed]).toEqual([false, false]);
  });

  it('is not awaited while everything is acknowledged', () => {
    const { world, alice } = acknowledging();
    alice.session.ack(2);
    world.advance(60_000);
    expect(open(alice)).toBe(true);
  });

  it('starts anew with every step forward', () => {
    const { world, alice } = acknowledging();
    world.advance(4000);
    alice.session.ack(1);
    world.advance(4900);
    expect(open(alice)).toBe(true);
    world.advance(200);
    expect(open(alice)).toBe(false);
  });

  it.each([
    ['the same acknowledgement again and again', 0],
    ['acknowledgements of nonsense', 99],
  ])('is not made by %s', (_what, position) => {
    const { world, alice } = acknowledging();
    for (let n = 0; n < 60; n += 1) {
      alice.session.ack(position);
      world.floods('/a', 1);
      alice.session.take();
      world.advance(100);
    }
    expect(open(alice)).toBe(false);
  });

  it('is asked of a client that begins to acknowledge in mid-stream', () => {
    const world = new World({ ackTimeoutMs: 5000 });
    const alice = world.listener('/a', { reads: false });
    world.advance(60_000);
    world.floods('/a', 2);
    alice.session.take();
    alice.session.acknowledges = true;
    alice.session.ack(1);
    world.advance(5100);
    expect(open(alice)).toBe(false);
  });

  it('is asked of nobody else', () => {
    const world = new World({ ackTimeoutMs: 5000 });
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 2);
    alice.session.take();
    world.advance(60_000);
    expect(open(alice)).toBe(true);
  });

  it('is asked anew of the next transport', () => {
    const { world, alice } = acknowledging();
    world.advance(5100);
    alice.listens({ reads: false });
    world.advance(60_000);
    expect(open(alice)).toBe(true);
    alice.session.take();
    world.advance(5200);
    expect(open(alice)).toBe(false);
  });
});

describe('the wheel of acknowledgements', () => {
  it('holds a session once and lets go of it when it has no transport', () => {
    const progress = new AckTimeouts(5000, 0, () => undefined);
    const alice = new World().listener('/a');
    for (let now = 0; now < 1000; now += 10) progress.watch(alice.session, now);
    expect(progress.size).toBe(1);
    alice.loses();
    for (let now = 0; now <= 10_000; now += 100) progress.run(now);
    expect(progress.size).toBe(0);
    progress.watch(alice.session, 10_000);
    expect(progress.size).toBe(1);
  });
});
