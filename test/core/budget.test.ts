import { describe, expect, it } from 'vitest';
import { Budget } from '../../packages/core/src/budget.ts';

describe('the budget of a hub', () => {
  it('is open while neither events nor bytes have reached their bounds', () => {
    const budget = new Budget(2, 100);
    expect(budget.open).toBe(true);
    budget.events = 2;
    expect(budget.open).toBe(false);
    budget.events = 1;
    budget.bytes = 100;
    expect(budget.open).toBe(false);
    budget.bytes = 99;
    expect(budget.open).toBe(true);
  });
});
