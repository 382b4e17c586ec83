// What every system publishes: an object with the marker that the generator looks for, and some text.
const sent = new Map();

/** Monotonic time in µs; the generator reads the same clock. */
export function nowUs() {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Makes the payloads of one run.
 *
 * Units: `bytes` of the JSON text of one payload, roughly; numbers count from 1 for each subject. A payload says when it was made,
 * or since when it was due, in µs.
 */
export function createPayloads(bytes) {
  sent.clear();
  const text = 'The quick brown fox jumps over the lazy dog. '
    .repeat(Math.ceil(bytes / 40))
    .slice(0, bytes - 50);
  return (subject, us = nowUs()) => {
    const number = (sent.get(subject) ?? 0) + 1;
    sent.set(subject, number);
    return { n: `~${subject}.${number}.${us}~`, text };
  };
}

/** The highest number given out; all subjects end with the same one. */
export function lastNumber() {
  const numbers = [...sent.values()];
  if (new Set(numbers).size > 1) throw new Error('the subjects do not end with the same number');
  return numbers[0] ?? 0;
}
