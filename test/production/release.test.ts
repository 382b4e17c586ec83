import { describe, expect, it } from 'vitest';
import { examples, faultsOf, notesOf } from '../../scripts/release/plan.mjs';
import { packages } from '../../scripts/workspace.mjs';
import { textOf } from '../docs/blocks.ts';

const dated = '# Changelog\n\n## 1.2.3 - 2026-11-28\n\n- New.\n\n## 1.2.2 - 2026-10-01\n\n- Old.\n';
const core = { name: '@cometkit/core', version: '1.2.3' };
const node = {
  name: '@cometkit/node',
  version: '1.2.3',
  dependencies: { '@cometkit/core': '1.2.3', ws: '^8.0.0' },
};

describe('the plan of a release', () => {
  it('is without faults as the repository stands', () => {
    const manifests = packages().map(({ manifest }) => manifest);
    expect(examples().length).toBeGreaterThan(4);
    const plan = { manifests, examples: examples(), changelog: textOf('CHANGELOG.md') };
    expect(faultsOf({ ...plan, tag: undefined })).toEqual([]);
  });

  it('takes a tag of the version whose changes are dated', () => {
    const chat = {
      name: 'chat',
      dependencies: { '@cometkit/core': '^1.2.3', '@cometkit/node': 'file:../../packages/node' },
    };
    expect(faultsOf({ manifests: [core, node], examples: [chat], changelog: dated, tag: 'v1.2.3' })).toEqual(
      [],
    );
    expect(notesOf(dated, '1.2.3')).toBe('- New.\n');
  });

  it.each([
    ['another tag', { tag: 'v1.2.4' }, 'the tag is v1.2.4, the packages are 1.2.3'],
    [
      'changes without a date',
      { changelog: '\n## Unreleased (1.2.3)\n\n- New.\n' },
      'CHANGELOG.md has no date for 1.2.3',
    ],
    ['no word of it', { changelog: '# Changelog\n', tag: undefined }, 'CHANGELOG.md says nothing of 1.2.3'],
    [
      'a package left behind',
      { manifests: [core, { ...node, version: '1.2.2' }] },
      '@cometkit/node is 1.2.2, the others are 1.2.3',
    ],
    [
      'a sibling of another version',
      { manifests: [core, { ...node, dependencies: { '@cometkit/core': '1.2.2' } }] },
      '@cometkit/node needs @cometkit/core 1.2.2, which is 1.2.3',
    ],
    [
      'an example left behind',
      { examples: [{ name: 'chat', dependencies: { '@cometkit/core': '^1.2.2', express: '5.3.0' } }] },
      'chat needs @cometkit/core ^1.2.2, which is 1.2.3',
    ],
  ])('names %s', (_what, change, fault) => {
    const plan = { manifests: [core, node], examples: [], changelog: dated, tag: 'v1.2.3' };
    expect(faultsOf({ ...plan, ...change })).toEqual([fault]);
  });
});
