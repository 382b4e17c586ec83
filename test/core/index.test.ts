import * as core from '@cometkit/core';
import { describe, expect, it } from 'vitest';

describe('the package', () => {
  it('offers these values and no others', () => {
    expect(Object.keys(core).sort()).toEqual([
      'CometError',
      'RecentIds',
      'checkName',
      'checkSubject',
      'createPureHub',
      'formatCursor',
      'hubRules',
      'isWellFormed',
      'ownText',
      'parseCursor',
      'parsePattern',
      'partMatches',
      'partsOfPattern',
      'positionOf',
    ]);
  });
});
