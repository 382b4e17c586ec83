/**
 * Copies a text. What is cut out of a longer one keeps all of it in memory: a label of 20 characters the whole request that it came
 * in. Texts that are kept for a session are copied.
 *
 * @internal
 */
export function ownText(text: string): string {
  // V8 copies shorter ones itself.
  return text.length < 13 ? text : (JSON.parse(JSON.stringify(text)) as string);
}

/** The bytes that a text takes in memory. */
export function bytesOfText(text: string): number {
  return textHeader + (twoBytes.test(text) ? 2 * text.length : text.length);
}

// With what it is rounded up by on average.
const textHeader = 20;
const twoBytes = /[^\0-\xff]/;
