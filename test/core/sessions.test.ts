import { describe, expect, it } from 'vitest';
import { Sessions } from '../../packages/core/src/sessions.ts';
import { World } from './kit.ts';

const hostile = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];

describe('the table of sessions', () => {
  it('finds a session by its id until it ends', () => {
    const { hub } = new World();
    const session = hub.join();
    expect(hub.session(session.id)).toBe(session);
    expect([...hub.sessions()]).toEqual([session]);
    hub.leave(session);
    expect([hub.session(session.id), [...hub.sessions()]]).toEqual([undefined, []]);
  });

  it.each(hostile)('knows nobody by the id %j', (id) => {
    const { hub } = new World();
    hub.join({ principal: 'p' });
    expect([hub.session(id), hub.send(id, '/a', 1)]).toEqual([undefined, undefined]);
  });

  it.each(hostile)('takes %j for a principal, a nonce and a label like any other', (word) => {
    const world = new World();
    const alice = world.person({ principal: word, nonce: word });
    expect(world.hub.join({ principal: word, nonce: word })).toBe(alice.session);
    alice.subscribes('/a', { label: word });
    world.hub.sendToPrincipal(word, '/x', 1);
    alice.receives(['/x 1']);
    expect(alice.session.subscriptionFor('/a')?.label).toBe(word);
    world.hub.leave(alice.session);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('is empty when everybody has gone (I17)', () => {
    const sessions = new Sessions();
    const given = ['a', 'a', 'b', undefined].map((principal) => new World().person({ principal }).session);
    given.forEach((session, n) => {
      sessions.add(session, n % 2 === 0 ? `nonce${n}` : undefined, 0);
    });
    for (const session of given) sessions.remove(session);
    expect([sessions.size, [...sessions.of('a')], sessions.withNonce('nonce0', 0)]).toEqual([
      0,
      [],
      undefined,
    ]);
  });
});
