import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { people, runs, thrownBy } from './kit.ts';

const text = fc
  .string({ unit: fc.constantFrom('a', 'b', '/', '*', ' ', '.', 'é', '😀'), minLength: 1, maxLength: 12 })
  .filter((subject) => subject.trim() !== '');
const list = fc.array(fc.oneof(text, fc.constantFrom('', ' ')), { minLength: 1, maxLength: 4 });

/** Whether a hub takes the text as a path. */
function isPathThere(subject: string): boolean {
  const { hub } = people();
  try {
    hub.publish(subject, 1);
    return true;
  } catch {
    return false;
  }
}

describe('subjects of the original, where clients match by prefix', () => {
  it('are any text, which a list with that text in it matches, whatever blanks and empty parts are in the list', () => {
    fc.assert(
      fc.property(text, list, fc.nat(4), (subject, parts, at) => {
        const { hub, alice } = people();
        const pattern = [...parts.slice(0, at), ` ${subject} `, ...parts.slice(at)].join(',');
        const subscription = hub.subscribe(alice.session, pattern, { matching: 'prefix' });
        hub.publish(subject, 1);
        expect([subscription.matches(subject), alice.session.waiting]).toEqual([true, true]);
      }),
      runs(500),
    );
  });

  it('are matched by no pattern of paths, unless they are paths', () => {
    const patterns = ['/', '/**', '/*', '/*/**', '/*/*', '/a', '/b'];
    fc.assert(
      fc.property(text, fc.constantFrom(...patterns), (subject, pattern) => {
        const { hub, alice } = people();
        hub.admitPlainSubjects();
        const subscription = hub.subscribe(alice.session, pattern);
        hub.publish(subject, 1);
        expect(alice.session.waiting).toBe(subscription.matches(subject));
        if (!isPathThere(subject) && subject !== '/') expect(alice.session.waiting).toBe(false);
      }),
      runs(500),
    );
  });

  it('are refused by a hub of paths, and by one that clients of both share if the publisher is of paths', () => {
    const { hub, alice } = people();
    for (const subject of ['alarm', '/a/', '/a*', '//a'])
      expect(thrownBy(() => hub.publish(subject, 1))).toMatchObject({ code: 'invalid-subject' });
    hub.subscribe(alice.session, 'alarm', { matching: 'prefix' });
    for (const subject of ['alarm', '/a/', '/a*', '//a']) hub.publish(subject, 1);
    expect(thrownBy(() => hub.publish('alarm', 1, { matching: 'path' }))).toMatchObject({
      code: 'invalid-subject',
    });
  });

  it.each([['a,b'], ['a\n'], [''], [' '], ['\ud800'], ['x'.repeat(257)]])('may not be %j', (subject) => {
    const { hub } = people();
    hub.admitPlainSubjects();
    expect(thrownBy(() => hub.publish(subject, 1))).toMatchObject({ code: 'invalid-subject' });
  });
});
