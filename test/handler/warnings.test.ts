import { CometError } from '@cometkit/core';
import { createHandler, createHub, type Logger } from '@cometkit/handler';
import { MemoryRequest } from '@cometkit/testkit';
import { describe, expect, it, vi } from 'vitest';
import { Warnings } from '../../packages/handler/src/warnings.ts';

type Logged = [details: Record<string, unknown>, message: string];

/** Warnings with a clock, and what they logged. */
function stage() {
  const logged: Logged[] = [];
  const clock = { now: 0 };
  const logger: Logger = { warn: (details, message) => logged.push([{ ...details }, message]) };
  return { logged, clock, warnings: new Warnings(logger, () => clock.now) };
}

const minute = 60_000;

describe('a kind of warning', () => {
  it('is given once in ten minutes, and then says how many were held back', () => {
    const { logged, clock, warnings } = stage();
    for (let n = 0; n < 5; n += 1) warnings.warn({ kind: 'a', message: 'it happened', details: { n } });
    clock.now = 10 * minute;
    warnings.warn({ kind: 'a', message: 'it happened', details: { n: 5 } });
    expect(logged).toEqual([
      [{ kind: 'a', n: 0 }, 'it happened'],
      [{ kind: 'a', n: 5, times: 4 }, 'it happened (and 4 more of this kind since the last warning)'],
    ]);
  });

  it('has up to eight cases that are told apart, whatever a client makes up', () => {
    const { logged, warnings } = stage();
    for (let n = 0; n < 1000; n += 1) warnings.warn({ kind: 'origin', about: `${n}`, message: `${n}` });
    warnings.warn({ kind: 'hook', message: 'still heard' });
    expect(logged.map(([, message]) => message)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      'still heard',
    ]);
  });

  it('is one of 64 at a time, and room comes back with time', () => {
    const { logged, clock, warnings } = stage();
    for (let n = 0; n < 1000; n += 1) warnings.warn({ kind: `${n}`, message: 'x' });
    expect(logged).toHaveLength(64);
    clock.now = 10 * minute;
    warnings.warn({ kind: 'new', message: 'x' });
    expect(logged).toHaveLength(65);
  });
});

describe('a failure', () => {
  it('is a kind by where it happened and of what class it is', () => {
    const { logged, warnings } = stage();
    const where = 'authorize hook for joining';
    for (const error of [new Error('a'), new Error('b'), new TypeError('c')]) warnings.failure(error, where);
    warnings.failure('thrown text', where);
    warnings.failure(undefined, where);
    expect(logged.map(([, message]) => message)).toEqual([
      `${where}: a`,
      `${where}: c`,
      `${where}: thrown text`,
      `${where}: a thrown undefined`,
    ]);
    expect(logged[0]?.[0]['err']).toBeInstanceOf(Error);
  });

  it('that has a code gives it beside the message, which does not repeat it', () => {
    const { logged, warnings } = stage();
    warnings.failure(new CometError('hub-closed', 'the server is shutting down', {}), 'a feed');
    expect(logged).toEqual([
      [{ kind: 'a feed: CometError', code: 'hub-closed' }, 'a feed: the server is shutting down'],
    ]);
  });
});

describe('a logger', () => {
  it('that throws or rejects changes nothing', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    for (const warn of [() => Promise.reject(new Error('down')), thrower])
      new Warnings({ warn }, () => 0).warn({ kind: 'a', message: 'x' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });

  it('is the console where none is given: a sentence, and the error with its stack', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      for (const join of [() => 7 as never, () => Promise.reject(new Error('no database'))]) {
        const handler = createHandler(createHub(), { authorize: { join } });
        await handler.handle(new MemoryRequest({ query: 'p_event=join' }));
        await handler.handle(new MemoryRequest({ query: 'p_event=join' }));
        await handler.close();
      }
      expect(warn.mock.calls).toEqual([
        [
          expect.stringMatching(/^\[cometkit\] authorize hook for joining: the hook returned a number/),
          expect.any(TypeError),
        ],
        ['[cometkit] authorize hook for joining: no database', expect.any(Error)],
      ]);
    } finally {
      warn.mockRestore();
    }
  });

  it('that is false is silence', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      const hub = createHub({ logger: false });
      const handler = createHandler(hub, { logger: false, authorize: { join: thrower } });
      await handler.handle(new MemoryRequest({ query: 'p_event=join' }));
      await handler.close();
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
    }
  });
});

function thrower(): never {
  throw new Error('down');
}
