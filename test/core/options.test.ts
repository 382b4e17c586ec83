import { createPureHub, type HubOptions } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { resolveHubOptions } from '../../packages/core/src/options.ts';
import { ManualRuntime } from './kit.ts';

const numeric = Object.entries(resolveHubOptions())
  .filter(([, value]) => typeof value === 'number')
  .map(([name]) => name);

describe('the options of a hub', () => {
  it('have defaults that are safe on the public Internet', () => {
    expect(resolveHubOptions()).toEqual({
      leaseMs: 120_000,
      embryonicLeaseMs: 15_000,
      heartbeatMs: 20_000,
      ackTimeoutMs: 30_000,
      maxSessions: 20_000,
      maxSubscriptions: 100,
      sessionBytes: 32_768,
      hubSessionBytes: 134_217_728,
      maxSubjectLength: 256,
      maxSubjectDepth: 16,
      maxLabelLength: 128,
      maxEventBytes: 65_536,
      queueLimit: 4096,
      queueBytes: 4_194_304,
      overflow: 'spill',
      hubQueuedEvents: 1_000_000,
      hubQueuedBytes: 268_435_456,
      log: { maxEvents: 10_000, maxBytes: 33_554_432, maxAgeMs: 600_000 },
      lastValues: { patterns: [], maxSubjects: 10_000, maxBytes: 8_388_608 },
    });
  });

  it('keep what is given and fill in the rest', () => {
    const limits = resolveHubOptions({ leaseMs: 5, log: { maxEvents: 7 }, overflow: 'disconnect' });
    expect(limits).toMatchObject({ leaseMs: 5, overflow: 'disconnect', queueLimit: 4096 });
    expect(limits.log).toMatchObject({ maxEvents: 7, maxAgeMs: 600_000 });
  });

  it('take undefined for not given', () => {
    const given = { leaseMs: undefined, log: undefined } as unknown as HubOptions;
    expect(resolveHubOptions(given)).toEqual(resolveHubOptions());
  });

  it('cannot be changed afterwards', () => {
    const limits = resolveHubOptions();
    expect(Object.isFrozen(limits)).toBe(true);
    expect(Object.isFrozen(limits.log)).toBe(true);
  });

  it.each(numeric)('take 1 for %s and refuse what is no positive integer', (name) => {
    expect(resolveHubOptions({ [name]: 1 })).toMatchObject({ [name]: 1 });
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const wrong = new RangeError(`option \`${name}\` is ${value}, expected a positive integer`);
      expect(() => resolveHubOptions({ [name]: value })).toThrow(wrong);
    }
    for (const value of ['5', null, true, [1]]) {
      expect(() => resolveHubOptions({ [name]: value } as unknown as HubOptions)).toThrow(TypeError);
    }
  });

  it.each(['maxEvents', 'maxBytes', 'maxAgeMs'])('take 1 for log.%s and refuse 0', (name) => {
    expect(resolveHubOptions({ log: { [name]: 1 } }).log).toMatchObject({ [name]: 1 });
    expect(() => resolveHubOptions({ log: { [name]: 0 } })).toThrow(`option \`log.${name}\` is 0`);
  });

  it('refuse an unknown way to overflow', () => {
    const given = { overflow: 'drop' } as unknown as HubOptions;
    expect(() => resolveHubOptions(given)).toThrow(
      'is "drop", expected one of "spill", "disconnect", "latest-per-subject"',
    );
  });

  it.each(['heartbeat', '__proto__', 'toString'])('refuse the unknown option %s', (name) => {
    const given = JSON.parse(`{"${name}":1}`) as HubOptions;
    expect(() => resolveHubOptions(given)).toThrow(`unknown option \`${name}\``);
    const within = { log: JSON.parse(`{"${name}":1}`) } as HubOptions;
    expect(() => resolveHubOptions(within)).toThrow(`unknown option \`log.${name}\``);
  });

  it('are checked when the hub is made', () => {
    expect(() => createPureHub(new ManualRuntime(), { maxSessions: 0 })).toThrow(RangeError);
    expect(createPureHub(new ManualRuntime(), { maxSessions: 3 }).limits.maxSessions).toBe(3);
  });
});
