import { describe, expect, it } from 'vitest';
import { people, Recorder, World } from './kit.ts';

describe('a transport', () => {
  it('is the only one of its session: the old one is closed once as superseded', () => {
    const world = new World();
    const alice = world.listener('/a');
    const old = alice.transport;
    alice.listens();
    alice.listens();
    expect([old.calls, alice.session.generation]).toEqual([['superseded'], 3]);
    expect(alice.session.transport).toBe(alice.transport);
  });

  it('gives up its place to the newest, and what it does later counts no more (I8, N-10)', () => {
    const world = new World();
    const alice = world.listener('/a');
    const old = alice.transport;
    alice.listens();
    world.hub.detach(alice.session, old);
    world.floods('/a', 1);
    world.advance(30_000);
    expect([old.calls, alice.session.attached]).toEqual([['superseded'], true]);
    alice.receives(['/a 1']);
  });

  it('is woken no more once it is detached, while its session waits', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    alice.loses();
    alice.loses();
    world.floods('/a', 1);
    expect([alice.transport.calls, alice.session.attached, alice.session.closed]).toEqual([[], false, false]);
    alice.listens();
    alice.receives(['/a 1']);
  });

  it('is given again what the old one took and nobody acknowledged', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 2);
    alice.session.take();
    alice.listens({ reads: false });
    alice.receives(['/a 1', '/a 2']);
  });

  it('that acknowledges by the place it names does not wake the one that is about to go', () => {
    const world = new World({ queueLimit: 2 });
    const alice = world.listener('/a', { reads: false });
    alice.session.acknowledges = true;
    world.floods('/a', 5);
    alice.session.take();
    const after = alice.session.cursor;
    const old = alice.transport;
    old.calls.length = 0;
    alice.listens({ after });
    expect(old.calls).toEqual(['superseded']);
  });

  it('may be attached again without being closed by itself', () => {
    const { hub, alice } = people();
    const transport = alice.listens();
    hub.attach(alice.session, transport);
    expect([transport.calls, alice.session.generation]).toEqual([[], 2]);
  });

  it('tells its generation, also when another comes while the old one is closed', () => {
    const { hub, alice } = people();
    const old = alice.listens();
    const [second, third] = [new Recorder(), new Recorder()];
    old.onClose = () => void hub.attach(alice.session, third);
    expect(hub.attach(alice.session, second)).toBe(2);
    expect([alice.session.generation, second.calls]).toEqual([3, ['superseded']]);
    expect(alice.session.transport).toBe(third);
  });

  it('is closed when the session leaves while the old one is closed', () => {
    const { hub, alice } = people();
    alice.listens().onClose = () => hub.leave(alice.session);
    const next = new Recorder();
    hub.attach(alice.session, next);
    expect([next.calls, alice.session.closed, alice.session.attached]).toEqual([['left'], true, false]);
  });

  it('is not taken by a session that has ended', () => {
    const { hub, alice } = people();
    hub.leave(alice.session);
    const transport = new Recorder();
    expect(hub.attach(alice.session, transport)).toBe(0);
    hub.detach(alice.session, transport);
    expect([transport.calls, alice.session.attached]).toEqual([[], false]);
  });

  it('is given up when it throws as it is told that it is idle, and the others are told', () => {
    const world = new World();
    const [alice, bob] = [world.listener('/a', { idleMs: 1000 }), world.listener('/a', { idleMs: 1000 })];
    const errors: string[] = [];
    world.hub.on('error', (_error, where) => errors.push(where));
    alice.transport.onIdle = () => {
      throw new Error('broken');
    };
    world.advance(3000);
    expect(alice.transport.calls).toEqual(['idle', 'unresponsive']);
    expect(bob.transport.count('idle')).toBe(3);
    expect([errors, alice.session.attached]).toEqual([['a transport'], false]);
  });

  it('breaks nothing when its close throws', () => {
    const world = new World();
    const sessions = [world.listener('/a'), world.listener('/a'), world.listener('/a')];
    const errors: string[] = [];
    world.hub.on('error', (_error, where) => errors.push(where));
    for (const { transport } of sessions) {
      transport.onClose = () => {
        throw new Error('broken');
      };
    }
    sessions[0]?.listens();
    world.hub.close();
    expect(errors).toEqual(Array(3).fill('the close of a transport'));
    expect(world.hub.stats()).toMatchObject({ sessions: 0, attached: 0 });
  });

  it('that throws and was replaced in the same breath is not closed twice', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    const old = alice.transport;
    old.onWake = () => {
      alice.listens();
      throw new Error('broken');
    };
    world.floods('/a', 1);
    expect([old.calls, alice.session.attached]).toEqual([['wake', 'superseded'], true]);
  });
});
