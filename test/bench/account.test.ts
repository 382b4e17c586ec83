import { describe, expect, it } from 'vitest';
import { Account } from '../../bench/readers/account.mjs';

function accountOf(numbers: readonly number[]) {
  const account = new Account();
  account.begin();
  for (const number of numbers) account.take({ n: `~0.${number}.1~` });
  return account;
}

describe('the account of a reader', () => {
  it('finds nothing wrong with events that come once and in order', () => {
    expect(accountOf([1, 2, 3]).close(3)).toMatchObject({ missing: 0, duplicates: 0, reordered: 0, gaps: 0 });
  });

  it('counts what is missing, doubled or out of order', () => {
    expect(accountOf([1, 3, 2, 3]).close(5)).toMatchObject({ missing: 2, duplicates: 1, reordered: 1 });
  });
});
