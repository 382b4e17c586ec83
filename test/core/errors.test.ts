import { CometError } from '@cometkit/core';
import { describe, expect, it } from 'vitest';

describe('CometError', () => {
  it('says its code to programs and its reason to people', () => {
    const cause = new Error('inner');
    const error = new CometError('event-too-large', 'the event is too large', { limit: 5 }, { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'CometError',
      code: 'event-too-large',
      details: { limit: 5 },
      cause,
    });
    expect(error.message).toBe('[event-too-large] the event is too large');
    expect(error.reason).toBe('the event is too large');
  });

  it('stays itself when it is wrapped', () => {
    const error = new CometError('hub-closed', 'closed', {});
    expect(CometError.from(error)).toBe(error);
  });

  it.each([new TypeError('secret'), 'secret', undefined, null])(
    'wraps %o without telling what it was',
    (thrown) => {
      const error = CometError.from(thrown);
      expect(error).toMatchObject({ code: 'internal', cause: thrown });
      expect(error.message).not.toContain('secret');
    },
  );
});
