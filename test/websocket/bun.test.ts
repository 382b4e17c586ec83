import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serve } from './kit.ts';

const versions = process.versions;

afterEach(() => {
  Object.defineProperty(process, 'versions', { value: versions, configurable: true });
  vi.restoreAllMocks();
});

describe('how frames leave', () => {
  it.each([
    ['Node', {}, 0],
    ['Bun', { bun: '1.4.5' }, 1],
  ])('under %s: past ws only where its stream takes them', async (_runtime, more, sent) => {
    Object.defineProperty(process, 'versions', { value: { ...versions, ...more }, configurable: true });
    const send = vi.spyOn(WebSocket.prototype, 'send');
    const { hub, join } = await serve();
    const alice = await join();
    await alice.says('listen', { subject: '/a' });
    send.mockClear();
    hub.publish('/a', { n: 1 });
    await alice.hears('data');
    expect(send.mock.calls.length).toBe(sent);
  });
});
