import { describe, expect, it } from 'vitest';
import { ClusterKeys } from '../../packages/handler/src/cluster/keys.ts';

const older = 'the older secret of all nodes, 32 or more';
const newer = 'the newer secret of all nodes, 32 or more';

describe('the keys of a cluster', () => {
  it('are the same on every node with the secret, and others with another', async () => {
    const [here] = await new ClusterKeys([newer]).keysOf('an id');
    const [there] = await new ClusterKeys([newer]).keysOf('an id');
    expect(here).toMatch(/^[\w-]{22}$/);
    expect(there).toBe(here);
    expect(await new ClusterKeys([older]).keysOf('an id')).not.toContain(here);
    expect(await new ClusterKeys([newer]).keysOf('another id')).not.toContain(here);
  });

  it('of an older secret are accepted while it is on its way out', async () => {
    const [before] = await new ClusterKeys([older]).keysOf('an id');
    const keys = await new ClusterKeys([newer, older]).keysOf('an id');
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(before);
  });

  it('serve one purpose each', async () => {
    const keys = new ClusterKeys([newer]);
    const marks = [
      ...(await keys.keysOf('one')),
      ...(await keys.addressMarks('one')),
      await keys.tokenMark('one'),
      await keys.subscriptionId('one', 'two'),
      await keys.nonceMark('one', undefined, 'two'),
    ];
    expect(new Set(marks).size).toBe(marks.length);
    expect(marks.every((mark) => /^[\w-]{22}$/.test(mark))).toBe(true);
  });

  it('mark an address whichever way it is written, with the secret', async () => {
    const keys = new ClusterKeys([newer]);
    expect(await keys.addressMarks('::ffff:192.0.2.1')).toEqual(await keys.addressMarks('192.0.2.1'));
    expect(await new ClusterKeys([older]).addressMarks('192.0.2.1')).not.toEqual(
      await keys.addressMarks('192.0.2.1'),
    );
  });

  it('mark the nonce of another principal or another address as another one', async () => {
    const keys = new ClusterKeys([newer]);
    const marks = await Promise.all([
      keys.nonceMark('n', 'ann', '192.0.2.1'),
      keys.nonceMark('n', 'bob', '192.0.2.1'),
      keys.nonceMark('n', undefined, '192.0.2.1'),
      keys.nonceMark('n', 'ann', '192.0.2.2'),
      keys.nonceMark('n","ann', undefined, '192.0.2.1'),
    ]);
    expect(new Set(marks).size).toBe(5);
  });
});
