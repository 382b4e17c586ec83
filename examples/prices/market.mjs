// A made-up market: prices that walk at random, since real ones cost money.
const names = ['AEX', 'BEL', 'CAC', 'DAX', 'EUR', 'FTSE', 'GOLD', 'HSI', 'IBEX', 'JPY', 'KOSPI', 'LME'];

/** Calls back with every change of a price. @returns gives what closes the market. */
export function openMarket(changed) {
  const prices = new Map(names.map((name, index) => [name, 100 + index * 50]));
  const timer = setInterval(() => {
    for (const name of names) if (Math.random() < 0.4) changed(name, walk(prices, name));
  }, 100);
  for (const [name, price] of prices) changed(name, { price, change: 0 });
  return () => clearInterval(timer);
}

function walk(prices, name) {
  const before = prices.get(name);
  const price = Math.max(1, Math.round((before + (Math.random() - 0.5) * before * 0.004) * 100) / 100);
  prices.set(name, price);
  return { price, change: Math.round((price - before) * 100) / 100 };
}
