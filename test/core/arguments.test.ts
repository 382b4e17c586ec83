import { createPureHub, type Hub, type Session } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { ManualRuntime } from './kit.ts';

const options = { principal: 'alice', data: { name: 'Alice' }, nonce: 'n', context: {}, leaseMs: 1000 };

describe('an argument of the hub that is none', () => {
  it.each<[string, (hub: Hub, session: Session) => unknown, RegExp]>([
    [
      'a number as principal of a join',
      (hub) => hub.join({ principal: 7 as never }),
      /`principal` is 7, expected a string/,
    ],
    [
      'an unknown option of a join',
      (hub) => hub.join({ principall: 'x' } as never),
      /did you mean `principal`/,
    ],
    ['null for the options of a join', (hub) => hub.join(null as never), /the options are null/],
    ['a lease that is no time', (hub) => hub.join({ leaseMs: Number.NaN }), /`leaseMs` is NaN/],
    [
      'an unknown option of a subscription',
      (hub, session) => hub.subscribe(session, '/a', { lable: 'x' } as never),
      /did you mean `label`/,
    ],
    [
      'an id in the place of a session',
      (hub, { id }) => hub.subscribe(id as never, '/a'),
      /must be a session/,
    ],
    ['an id to unsubscribe', (hub, { id }) => hub.unsubscribe(id as never), /must be a session/],
    ['an id to revoke', (hub, { id }) => hub.revoke(id as never), /must be a session/],
    ['an id that leaves', (hub, { id }) => hub.leave(id as never), /must be a session/],
    ['nobody that leaves', (hub) => hub.leave(undefined as never), /must be a session/],
    [
      'a session to send to',
      (hub, session) => hub.send(session as never, '/a', 1),
      /must be the id of a session/,
    ],
    ['a number to send to', (hub) => hub.sendToPrincipal(7 as never, '/a', 1), /must be a principal/],
    [
      'a trace that is none',
      (hub) =>
        hub.publish('/a', 1, { traceparent: '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01' }),
      /`traceparent` is a string, expected a traceparent of W3C Trace Context/,
    ],
    ['nobody to send to', (hub) => hub.sendToPrincipal(undefined as never, '/a', 1), /must be a principal/],
    [
      'an event that a hub does not have',
      (hub) => hub.on('opened' as never, () => {}),
      /session-opened, session-closed/,
    ],
    ['a name of every object as event', (hub) => hub.on('toString' as never, () => {}), /must be an event/],
  ])('is refused by name: %s', (_what, call, sentence) => {
    const hub = createPureHub(new ManualRuntime());
    const session = hub.join();
    hub.subscribe(session, '/a');
    expect(() => call(hub, session)).toThrow(sentence);
    expect([session.closed, session.subscriptions.length, hub.stats().published]).toEqual([false, 1, 0]);
  });

  it('is not one of those that are documented', () => {
    const hub = createPureHub(new ManualRuntime());
    const session = hub.join({ ...options, neighbourhoods: ['192.0.2.1'], after: undefined });
    hub.subscribe(session, '/a', { label: 'x', matching: 'path', since: undefined, fromNow: true });
    hub.on('attached', () => {});
    expect(session.principal).toBe('alice');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(hub.publish('/a', 1, { traceparent })).toMatchObject({ traceparent });
  });
});
