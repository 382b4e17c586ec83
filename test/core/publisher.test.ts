import { describe, expect, it } from 'vitest';
import { people, thrownBy } from './kit.ts';

describe('publishing', () => {
  it('gives the event its place, its time and its publisher', () => {
    const { world, hub, alice } = people();
    hub.publish('/x', 0);
    expect(alice.publishes('/a', { b: 1 })).toMatchObject({
      position: 2,
      cursor: hub.cursor(),
      subject: '/a',
      json: '{"b":1}',
      data: { b: 1 },
      time: world.runtime.wallTime(),
      from: alice.session.id,
      scope: 'subject',
      to: undefined,
    });
  });

  it('says whom an event was addressed to', () => {
    const { hub, alice } = people();
    expect(hub.publish('/a', 1)).toMatchObject({ scope: 'subject', to: undefined, from: undefined });
    expect(hub.send(alice.session.id, '/a', 1)).toMatchObject({ scope: 'session', to: alice.session.id });
    expect(hub.sendToPrincipal('p', '/a', 1)).toMatchObject({ scope: 'principal', to: 'p' });
    expect(hub.broadcast('/a', 1)).toMatchObject({ scope: 'all', to: undefined });
  });

  it('takes the data as it is at that moment', () => {
    const { hub, alice } = people();
    alice.subscribes('/a');
    const data = { n: 1 };
    hub.publish('/a', data);
    data.n = 2;
    alice.receives(['/a {"n":1}']);
  });

  it.each([
    ['a', 1, 'invalid-subject'],
    ['/a,/b', 1, 'invalid-subject'],
    ['/a/*', 1, 'invalid-subject'],
    ['/a', undefined, 'invalid-data'],
    ['/a', 'x'.repeat(100), 'event-too-large'],
  ] as const)('refuses %j with %o, and nothing has happened', (subject, data, code) => {
    const { hub, alice } = people({ maxEventBytes: 50 });
    alice.subscribes('/**');
    for (const publish of [hub.publish, hub.broadcast]) {
      expect(thrownBy(() => publish.call(hub, subject, data as never))).toMatchObject({ code });
    }
    expect(hub.stats()).toMatchObject({ published: 0, logEvents: 0 });
    alice.receives([]);
  });

  it('of the server goes nowhere on a hub that is closed: a timer may fire once more', () => {
    const { hub, alice } = people();
    const { id } = alice.session;
    hub.publish('/a', 0);
    const { published, logEvents } = hub.stats();
    hub.close();
    for (const publish of [
      () => hub.publish('/a', 1),
      () => hub.broadcast('/a', 1),
      () => hub.sendToPrincipal('p', '/a', 1),
    ]) {
      expect(publish()).toMatchObject({ subject: '/a', data: 1 });
    }
    expect(hub.stats()).toMatchObject({ published, logEvents });
    expect(thrownBy(() => hub.publish('no path', 1))).toMatchObject({ code: 'invalid-subject' });
    const late = () => hub.publish('/a', 1, { from: alice.session });
    expect(thrownBy(late)).toMatchObject({ code: 'hub-closed' });
    expect(hub.send(id, '/a', 1)).toBeUndefined();
  });
});

describe('the name of an event', () => {
  it('is kept, and none is made up', () => {
    const { hub } = people();
    expect(hub.publish('/a', 1, { name: 'price' }).name).toBe('price');
    expect(hub.publish('/a', 1).name).toBeUndefined();
  });

  it.each(['', 'a\nb', 'a\rb', '\0', 'x'.repeat(129), 'error', 'open', 'gap', 'listen-ack', 7, '\ud800'])(
    'is never %j',
    (name) => {
      const { hub } = people();
      expect(() => hub.publish('/a', 1, { name: name as string })).toThrow(/name of the event/);
    },
  );
});

it.each([{ nmae: 'x' }, 'x', null, 7])('the options of a publish are checked: %j', (options) => {
  const { hub } = people();
  expect(() => hub.publish('/a', 1, options as object)).toThrow(TypeError);
  expect(() => hub.broadcast('/a', 1, options as object)).toThrow(TypeError);
});

it('a misspelt option of a publish is named, with the one that was meant', () => {
  expect(() => people().hub.publish('/a', 1, { nmae: 'x' } as object)).toThrow(/nmae.*name/);
});
