// From the outcomes of single rounds to the rows of the results.

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function round(value) {
  return value === 0 ? 0 : Number(value.toPrecision(4));
}

function valueIn(outcome, name) {
  return outcome?.figures.find(({ figure }) => figure === name)?.value;
}

function ratiosTo(limits, figure, outcomes, outcomesOf) {
  const found = limits.map((limit) => {
    const against = outcomesOf.get(limit) ?? [];
    const ratios = outcomes.map((outcome, at) => valueIn(outcome, figure) / valueIn(against[at], figure));
    return [limit, ratios.filter(Number.isFinite)];
  });
  return Object.fromEntries(
    found.filter(([, ratios]) => ratios.length > 0).map(([limit, ratios]) => [limit, round(median(ratios))]),
  );
}

/**
 * The rows of one system in one workload.
 *
 * Shape: one for each figure; a ratio is the median of the ratios of the rounds, each to the limit in the same round.
 * `limit` and `ratio` are the first of `ratios`.
 */
export function toRows(workload, system, outcomesOf) {
  const outcomes = outcomesOf.get(system.name);
  const limits = workload.limits[system.mode] ?? [];
  const done = outcomes.filter(Boolean);
  if (done.length === 0) return [];
  const faults = [...new Set(done.flatMap(({ faults }) => faults))];
  const generator = Math.max(...done.map((outcome) => outcome.generator ?? 0));
  return done[0].figures.map(({ figure, unit, more, plain }) => {
    const values = done.map((outcome) => valueIn(outcome, figure));
    const ratios = plain ? {} : ratiosTo(limits, figure, outcomes, outcomesOf);
    const [limit] = limits;
    return {
      ...{ workload: workload.letter, system: system.name, figure, unit, value: round(median(values)) },
      range: [round(Math.min(...values)), round(Math.max(...values))],
      ...(ratios[limit] === undefined ? {} : { limit, ratio: ratios[limit], ratios }),
      ...(more ? { more } : {}),
      rounds: done.length,
      generatorBusy: round(generator),
      ...(faults.length > 0 ? { faults } : {}),
    };
  });
}
