import type { Session } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { World } from './kit.ts';

const thrower = () => {
  throw new Error('listener');
};

describe('the events of a hub', () => {
  it('tell of sessions that come and go, of gaps and of the end', () => {
    const { hub } = new World();
    const heard: string[] = [];
    hub.on('session-opened', ({ id }) => heard.push(`opened ${id}`));
    hub.on('session-closed', ({ id }, reason) => heard.push(`closed ${id} ${reason}`));
    hub.on('closed', () => heard.push('closed'));
    const { id } = hub.join();
    const other = hub.join();
    hub.leave(other);
    hub.close();
    expect(heard).toEqual([
      `opened ${id}`,
      `opened ${other.id}`,
      `closed ${other.id} left`,
      `closed ${id} shutdown`,
      'closed',
    ]);
  });

  it('are not told to a listener that was taken off', () => {
    const { hub } = new World();
    const heard: Session[] = [];
    const listener = (session: Session) => void heard.push(session);
    hub.on('session-opened', listener);
    hub.off('session-opened', listener);
    hub.join();
    expect(heard).toEqual([]);
  });

  it('reach the others when one listener throws, and break nothing', () => {
    const world = new World({ queueLimit: 2, log: { maxEvents: 2 } });
    const heard: string[] = [];
    for (const event of ['session-opened', 'session-closed', 'gap', 'closed'] as const) {
      world.hub.on(event, thrower);
      world.hub.on(event, () => heard.push(event));
    }
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 9);
    alice.receives(['gap 1-7 overflow', '/a 8', '/a 9']);
    world.hub.leave(alice.session);
    world.hub.close();
    expect(heard).toEqual(['session-opened', 'gap', 'session-closed', 'closed']);
    expect(world.hub.stats()).toMatchObject({ sessions: 0, subscriptions: 0, queuedEvents: 0 });
  });

  it('say which listener threw what', () => {
    const { hub } = new World();
    const errors: unknown[] = [];
    hub.on('error', (error, where) => errors.push([(error as Error).message, where]));
    hub.on('session-opened', thrower);
    hub.join();
    expect(errors).toEqual([['listener', 'a listener of "session-opened"']]);
  });

  it('survive a listener of errors that throws', () => {
    const { hub } = new World();
    hub.on('error', thrower);
    hub.on('session-opened', thrower);
    expect(hub.join().closed).toBe(false);
  });

  it('may be answered by ending the session that they tell of', () => {
    const world = new World({ queueLimit: 2, log: { maxEvents: 2 } });
    world.hub.on('gap', (session) => world.hub.leave(session));
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 9);
    alice.session.take();
    expect(alice.session.closed).toBe(true);
    expect(world.hub.stats()).toMatchObject({ sessions: 0, queuedEvents: 0, queuedBytes: 0 });
    world.hub.on('session-opened', (session) => world.hub.leave(session));
    expect(world.person().session.closed).toBe(true);
    expect(world.hub.stats().sessions).toBe(0);
  });

  it('tell of a session before they tell of its first gap', () => {
    const world = new World({ log: { maxEvents: 2 } });
    const before = world.hub.cursor();
    world.floods('/a', 9);
    const heard: string[] = [];
    world.hub.on('session-opened', () => heard.push('opened'));
    world.hub.on('gap', () => heard.push('gap'));
    world.person({ after: before }).listens();
    expect(heard).toEqual(['opened', 'gap']);
  });
});
