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

  it('goes with presence', () => {
    const hub = createHub({ cluster: new MemoryEngine().open('a'), presence: ['/rooms/**'] });
    expect(hub.presence('/rooms/1')).toEqual([]);
    hub.close();
  });
});
