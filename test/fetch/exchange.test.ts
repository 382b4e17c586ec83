import { describe, expect, it } from 'vitest';
import { Exchange } from '../../packages/fetch/src/exchange.ts';

function watched(): { exchange: Exchange; gone: AbortController; told: boolean[] } {
  const gone = new AbortController();
  const exchange = new Exchange(gone);
  const told: boolean[] = [];
  exchange.onClose((complete) => told.push(complete));
  return { exchange, gone, told };
}

describe('an exchange', () => {
  it('ends incomplete when the signal of the request fires', () => {
    const { gone, told } = watched();
    gone.abort();
    expect(told).toEqual([false]);
  });

  it('ends once, whatever comes afterwards', () => {
    const { exchange, gone, told } = watched();
    exchange.close(true);
    exchange.close(false);
    gone.abort();
    expect(told).toEqual([true]);
  });

  it('tells a listener that comes too late at once', () => {
    const { exchange, told } = watched();
    exchange.close(false);
    exchange.onClose((complete) => told.push(complete));
    expect(told).toEqual([false, false]);
  });

  it('is over from the start when the client has gone before', () => {
    const told: boolean[] = [];
    new Exchange({ signal: AbortSignal.abort() }).onClose((complete) => told.push(complete));
    expect(told).toEqual([false]);
  });

  it.each([
    ['before', 'the answer is watched'],
    ['after', 'the answer is watched'],
  ])('does not take an abort at the end of the request body for the client (%s %s)', (when) => {
    const gone = new AbortController();
    const exchange = new Exchange(gone);
    const told: boolean[] = [];
    exchange.bodyEnded();
    if (when === 'before') gone.abort();
    exchange.onClose((complete) => told.push(complete));
    gone.abort();
    expect(told).toEqual([]);
    exchange.close(false);
    expect(told).toEqual([false]);
  });

  it('takes an abort for the client again once the end of the body is past', async () => {
    const { exchange, gone, told } = watched();
    exchange.bodyEnded();
    await new Promise((resolve) => setTimeout(resolve, 0));
    gone.abort();
    expect(told).toEqual([false]);
  });

  it('knows whether somebody watches', () => {
    const { exchange, gone } = watched();
    expect(exchange.watched).toBe(true);
    expect(new Exchange(gone).watched).toBe(false);
  });
});
