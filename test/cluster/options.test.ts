import { createHub } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { MemoryEngine } from './memory-engine.ts';

describe('the option cluster', () => {
  it('makes a hub one of many nodes, which stops its engine when it is closed', async () => {
    const engine = new MemoryEngine();
    const stopped: string[] = [];
    const stop = async () => void stopped.push('a');
    const hub = createHub({ cluster: { ...engine.open('a'), stop } });
    expect((await hub.publish('/news', 1).accepted()).position).toBe(1);
    hub.close();
    expect(stopped).toEqual(['a']);
  });

  it.each([true, 'redis://localhost', {}, null])('is refused as %j', (cluster) => {
    expect(() => createHub({ cluster } as never)).toThrow('option `cluster` is');
  });

  it('does not go with presence, which counts one process', () => {
    const cluster = new MemoryEngine().open('a');
    expect(() => createHub({ cluster, presence: ['/rooms/**'] })).toThrow('leave it out');
  });
});
