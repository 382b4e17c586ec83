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

// Node counts without encoding the text.
const { Buffer } = globalThis as { Buffer?: { byteLength(text: string): number } };

/** Returns the length of a text in UTF-8, in bytes. */
export function utf8Length(text: string): number {
  return Buffer === undefined ? encodeUtf8(text).length : Buffer.byteLength(text);
}

// A request up to this size may stay in memory as long as a part of it. In characters.
const small = 1024;

/**
 * Copies a part of a text, so that the part does not keep the whole text in memory.
 *
 * @remarks
 * The engine keeps the whole text while any slice of it is referenced: a label of twenty characters would hold a body
 * of 64 KB for as long as its subscription exists. Parts of small texts are returned as they are.
 */
export function cutFrom(text: string, part: string): string {
  return text.length > small ? (JSON.parse(JSON.stringify(part)) as string) : part;
}
