const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes bytes; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Encodes text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

// Node counts without making the bytes.
const { Buffer } = globalThis as { Buffer?: { byteLength(text: string): number } };

/** The length of a text in UTF-8. @returns bytes. */
export function utf8Length(text: string): number {
  return Buffer === undefined ? encodeUtf8(text).length : Buffer.byteLength(text);
}

// A request of this size may be kept for as long as what was cut out of it. Units: characters.
const small = 1024;

/**
 * What was cut out of a text, as a text of its own.
 *
 * Shape: the engine keeps the whole of a text for each part of it that somebody holds: a label of twenty characters would
 * hold a body of 64 KB for as long as its subscription stands. Parts of small texts stay as they are.
 */
export function cutFrom(text: string, part: string): string {
  return text.length > small ? (JSON.parse(JSON.stringify(part)) as string) : part;
}
