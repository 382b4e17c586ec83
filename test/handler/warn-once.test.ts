import { createHandler, createHub } from '@cometkit/handler';
import { MemoryRequest } from '@cometkit/testkit';
import { expect, it, vi } from 'vitest';
import { warnOnce } from '../../packages/handler/src/warn-once.ts';

it('a kind of failure is warned of once: where it happened, and of what class it is', () => {
  const warned: string[] = [];
  const report = warnOnce((text, error) => warned.push(`${text} ${String(error)}`));
  report(new Error('a'), 'authorize hook for joining');
  report(new Error('b'), 'authorize hook for joining');
  report(new TypeError('c'), 'authorize hook for joining');
  report(new Error('d'), 'an adapter');
  expect(warned.map((text) => text.replace(/ \(.*\)/, ''))).toEqual([
    '[cometkit] authorize hook for joining: Error: a',
    '[cometkit] authorize hook for joining: TypeError: c',
    '[cometkit] an adapter: Error: d',
  ]);
});

it('no client can fill the console', () => {
  const warned: string[] = [];
  const report = warnOnce((text) => warned.push(text));
  for (let n = 0; n < 1000; n += 1) report('x', `place ${n}`);
  expect(warned).toHaveLength(32);
});

it('a handler that was given no onError warns of a hook that throws or returns nonsense', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  try {
    for (const join of [() => 7 as unknown as boolean, () => Promise.reject(new Error('no database'))]) {
      const handler = createHandler(createHub(), { authorize: { join } });
      await handler.handle(new MemoryRequest({ query: 'p_event=join' }));
      await handler.handle(new MemoryRequest({ query: 'p_event=join' }));
      await handler.close();
    }
    expect(
      warn.mock.calls.map(([text, error]) => [String(text).slice(0, 38), (error as Error).message]),
    ).toEqual([
      [
        '[cometkit] authorize hook for joining ',
        "the hook returned a number, expected true, false, the name of a user or { refuse: 'why' }",
      ],
      ['[cometkit] authorize hook for joining ', 'no database'],
    ]);
  } finally {
    warn.mockRestore();
  }
});
