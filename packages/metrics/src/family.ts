/** The labels of a sample: names and values. */
export type Labels = Readonly<Record<string, string>>;

/** One figure of a family. */
export interface Sample {
  /** What follows on the family's name, for the parts of a histogram. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

/** Figures of one kind under one name, with the words that a scrape gives them. */
export interface Family {
  /** Without `_total`, which a counter's samples get. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The last part of the name, where that is a unit. */
  readonly unit?: 'seconds' | 'bytes';
  readonly samples: readonly Sample[];
}

type Words = Pick<Family, 'name' | 'help'> & Partial<Pick<Family, 'unit'>>;

/** A family with one figure. */
export function single(type: 'counter' | 'gauge', words: Words, value: number): Family {
  return { ...words, type, samples: [{ labels: {}, value }] };
}

/** A family with a figure for each value of one label. */
export function each(
  type: 'counter' | 'gauge',
  words: Words,
  label: string,
  values: Iterable<readonly [string, number]>,
): Family {
  return {
    ...words,
    type,
    samples: Array.from(values, ([of, value]) => ({ labels: { [label]: of }, value })),
  };
}

/** How long something took, as {@link histogram} reads it. */
interface Steps {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The samples of a histogram: each bucket counts what lies in those before it too. */
export function histogram(labels: Labels, { bounds, counts, sum }: Steps): Sample[] {
  let count = 0;
  const buckets = counts.map((inStep, step): Sample => {
    count += inStep;
    return { suffix: '_bucket', labels: { ...labels, le: boundText(bounds[step]) }, value: count };
  });
  return [...buckets, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: count }];
}

// OpenMetrics wants `1.0` where JavaScript writes `1`, and both formats must name a bucket alike.
function boundText(bound: number | undefined): string {
  if (bound === undefined) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
