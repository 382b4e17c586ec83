import { type ClusterOptions, resolveClusterOptions } from '@cometkit/core/engine-kit';
import { describe, expect, it } from 'vitest';

const secret = 'x'.repeat(32);
const resolve = (options: object) => resolveClusterOptions({ secret, ...options } as ClusterOptions, {});

describe('the options that engines share', () => {
  it('have defaults for all but the secret', () => {
    const { onState: _, ...rest } = resolve({});
    expect(rest).toEqual({
      secrets: [secret],
      prefix: 'comet',
      nodeId: '',
      log: { maxEvents: 10_000, maxBytes: 33_554_432, maxAgeMs: 600_000 },
      behindMs: 2500,
      cutMs: 10_000,
    });
  });

  it('take a new and an old secret, and one bound of the log alone', () => {
    const old = 'y'.repeat(40);
    expect(resolve({ secret: [secret, old] }).secrets).toEqual([secret, old]);
    expect(resolve({ log: { maxEvents: 5 } }).log).toMatchObject({ maxEvents: 5, maxAgeMs: 600_000 });
  });

  it.each([
    [{ secret: undefined }, 'option `secret` is missing, expected a text of 32 characters or more'],
    [{ secret: 'short' }, 'option `secret` is a string, expected a text of 32 characters or more'],
    [{ secret: [secret, 'short'] }, 'option `secret` is an array, expected'],
    [{ secret: [] }, 'option `secret` is an array, expected'],
    [{ prefix: 'Comet' }, 'option `prefix` is "Comet", expected 1 to 32 characters of a-z'],
    [{ prefix: 'a.b' }, 'option `prefix` is "a.b", expected'],
    [{ prefix: '' }, 'option `prefix` is "", expected'],
    [{ nodeId: 'web-1' }, 'option `nodeId` is "web-1", expected 1 to 12 characters of 0-9 and a-z'],
    [{ log: { maxEvents: 0 } }, 'option `log.maxEvents` is 0, expected a positive integer'],
    [{ cutMs: 2500 }, 'option `cutMs` is 2500, expected more than `behindMs`, which is 2500'],
    [{ behind: 1 }, 'unknown option `behind`; did you mean `behindMs`?'],
    [{ onState: 'x' }, 'option `onState` is a string, expected a function'],
  ])('name what is wrong in %j', (options, words) => {
    expect(() => resolve(options)).toThrow(words);
  });
});
