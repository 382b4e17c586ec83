import type { DeliveryGroup, GroupWriter, HistoryQuery, Hub, HubEvents, Session } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { people, text, thrownBy } from './kit.ts';

/** Notes the events of a hub as they come: name, session, pattern. */
function notes(hub: Hub, names: Readonly<Record<string, string>>): string[] {
  const noted: string[] = [];
  const note =
    (event: string) =>
    (session: Session, subscription?: { readonly pattern: string }): void =>
      void noted.push(
        [event, names[session.id] ?? session.id, subscription?.pattern].filter(Boolean).join(' '),
      );
  for (const event of ['attached', 'detached', 'subscribed', 'unsubscribed', 'session-closed'] as const)
    hub.on(event, note(event) as (...args: HubEvents[typeof event]) => void);
  return noted;
}

/** Serves groups, and notes what all their members were given. */
class Together implements GroupWriter<unknown> {
  readonly texts: string[] = [];
  readonly #groups: DeliveryGroup<unknown>[] = [];

  wake(group: DeliveryGroup<unknown>): void {
    this.#groups.push(group);
  }

  flush(): void {
    for (const group of this.#groups.splice(0)) {
      this.texts.push(...group.take(100, 1e9).map(text));
      group.delivered();
    }
  }
}

describe('the events of a hub', () => {
  it('tell who listens to what, from the first subscription to the end of the session', () => {
    const { hub, alice } = people();
    const noted = notes(hub, { [alice.session.id]: 'alice' });
    const { id } = alice.subscribes('/a,/b');
    alice.subscribes('/c/*');
    alice.listens();
    alice.loses();
    alice.listens();
    alice.unsubscribes(id);
    hub.leave(alice.session);
    expect(noted).toEqual([
      'subscribed alice /a,/b',
      'subscribed alice /c/*',
      'attached alice',
      'detached alice',
      'attached alice',
      'unsubscribed alice /a,/b',
      'unsubscribed alice /c/*',
      'session-closed alice',
    ]);
  });

  it('tell of a subscription that is revoked, once', () => {
    const { hub, alice } = people();
    const noted = notes(hub, { [alice.session.id]: 'alice' });
    const { id } = alice.subscribes('/a');
    hub.revoke(alice.session, id);
    hub.revoke(alice.session, id);
    hub.leave(alice.session);
    expect(noted.filter((line) => line.startsWith('unsubscribed'))).toEqual(['unsubscribed alice /a']);
  });

  it('tell nothing of a transport that a newer one has replaced, nor of the end of one that was', () => {
    const { hub, alice } = people();
    alice.subscribes('/a');
    const noted = notes(hub, { [alice.session.id]: 'alice' });
    const old = alice.listens();
    alice.listens();
    hub.detach(alice.session, old);
    expect(noted).toEqual(['attached alice', 'attached alice']);
  });

  it('tell of a transport that is given up because its client is silent', () => {
    const { world, hub, alice } = people({ ackTimeoutMs: 1000 });
    alice.subscribes('/a');
    alice.session.acknowledges = true;
    alice.listens();
    const noted = notes(hub, { [alice.session.id]: 'alice' });
    hub.publish('/a', 1);
    world.advance(3000);
    expect(noted).toEqual(['detached alice']);
  });
});

describe('the listeners of a subject', () => {
  it('are the sessions that an event would reach, each once, in groups or by themselves', () => {
    const { world, hub, alice, bob } = people();
    expect(hub.listeners('/a/x')).toBe(0);
    alice.subscribes('/a/x');
    alice.subscribes('/a/*');
    alice.listens();
    bob.subscribes('/a');
    expect([hub.listeners('/a/x'), hub.listeners('/a'), hub.listeners('/b')]).toEqual([2, 1, 0]);
    const together = new Together();
    const carol = world.listener('/a/x');
    expect(hub.joinGroup(carol.session, together, carol)).toBe(true);
    expect(hub.joinGroup(alice.session, together, alice)).toBe(true);
    expect(hub.listeners('/a/x')).toBe(3);
    hub.leave(carol.session);
    hub.leave(alice.session);
    expect(hub.listeners('/a/x')).toBe(1);
  });
});

describe('an event except for one session', () => {
  it('reaches everybody else, whether that one is served in a group, by itself or not at all', () => {
    const { world, hub, alice, bob } = people();
    for (const person of [alice, bob]) person.subscribes('/a');
    bob.listens();
    const publish = (data: number): unknown => hub.publish('/a', data, { except: alice.session });
    publish(1);
    alice.listens();
    publish(2);
    const together = new Together();
    const carol = world.listener('/a');
    for (const person of [alice, carol]) hub.joinGroup(person.session, together, person);
    expect(alice.session.grouped).toBe(true);
    publish(3);
    alice.receives([]);
    hub.publish('/a', 4);
    alice.receives(['/a 4']);
    bob.receives(['/a 1', '/a 2', '/a 3', '/a 4']);
    together.flush();
    expect(together.texts).toEqual(['/a 3', '/a 4']);
  });

  it('is not made up for after an overflow, nor when the client comes back', () => {
    const { hub, alice } = people({ queueLimit: 2 });
    alice.subscribes('/a');
    for (let n = 1; n <= 6; n += 1) hub.publish('/a', n, n % 2 === 0 ? { except: alice.session } : {});
    alice.listens();
    alice.receives(['/a 1', '/a 3', '/a 5']);
    alice.loses();
    hub.publish('/a', 7, { except: alice.session });
    alice.listens();
    alice.receives([]);
  });

  it.each<[string, (cursor: string) => HistoryQuery]>([
    ['since', (since) => ({ since })],
    ['last', () => ({ last: 10 })],
    ['latest', () => ({ latest: true })],
  ])('is no part of the past that it asks for: %s', (_what, query) => {
    const { hub, alice, bob } = people();
    const start = hub.cursor();
    hub.publish('/a/1', 1);
    hub.publish('/a/2', 2, { except: alice.session });
    const past = [alice, bob].map((person) => hub.history(person.subscribes('/a'), query(start)).events);
    expect(past.map((events) => events.map(({ data }) => data))).toEqual([[1], [1, 2]]);
  });

  it.each(['alice', null, 7, {}, ['alice']])('is refused for %j, which is no session', (except) => {
    const { hub, alice } = people();
    alice.subscribes('/a');
    const wrong = { except } as never;
    for (const publish of [hub.publish, hub.broadcast])
      expect(thrownBy(() => publish.call(hub, '/a', 1, wrong))).toMatchObject({
        name: 'TypeError',
        message: expect.stringContaining('`except`'),
      });
    alice.listens();
    alice.receives([]);
  });
});

describe('a principal that is disconnected', () => {
  it('loses every session, and nobody else does', () => {
    const { world, hub, bob } = people();
    const [one, two] = [world.person({ principal: 'ann' }), world.person({ principal: 'ann' })];
    const transport = two.listens();
    expect(hub.disconnect('ann')).toBe(2);
    expect([one.session.closed, two.session.closed, bob.session.closed]).toEqual([true, true, false]);
    expect(transport.calls).toEqual(['revoked']);
    expect(hub.disconnect('ann')).toBe(0);
  });
});

it.each([undefined, null, 7, {}])('neither listeners nor disconnect take %j for a name', (name) => {
  const { hub } = people();
  for (const call of [() => hub.listeners(name as never), () => hub.disconnect(name as never)])
    expect(thrownBy(call)).toBeInstanceOf(TypeError);
});
