const lineFeed = 0x0a;

/**
 * Cuts texts at their line feeds.
 *
 * @returns the lines without their line feeds, as views of the same memory.
 */
export function linesOf(bytes: Uint8Array): Buffer[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: Buffer[] = [];
  for (let start = 0; start < buffer.length; ) {
    const end = buffer.indexOf(lineFeed, start);
    const last = end < 0 ? buffer.length : end;
    if (last > start) lines.push(buffer.subarray(start, last));
    start = last + 1;
  }
  return lines;
}

/**
 * What a line of the server is: something that must not be missed, a sign of life, the answer that opens a channel,
 * another answer, or the last word.
 */
export type LineKind = 'item' | 'heartbeat' | 'opening' | 'answer' | 'word';

const kinds: readonly (readonly [RegExp, LineKind])[] = [
  [/^\{"type":"(?:data|gap|oversize)"/, 'item'],
  [/^\{"type":"heartbeat"/, 'heartbeat'],
  [/^\{"type":"(?:join-)?listen-ack"/, 'opening'],
  [/^\{"type":"(?:refused|[a-z-]+-ack)"/, 'answer'],
];
const longestStart = 64;

/** Tells the kind of a line by its beginning, which this side has written. */
export function kindOf(line: Buffer): LineKind {
  const start = line.toString('latin1', 0, longestStart);
  return kinds.find(([shape]) => shape.test(start))?.[1] ?? 'word';
}

/** Puts numbers in front of the fields of an object. */
export function numbered(line: Buffer, numbers: Readonly<Record<string, number>>): readonly Buffer[] {
  const text = Object.entries(numbers).map(([name, value]) => `"${name}":${value},`);
  return text.length === 0 ? [line] : [Buffer.from(`{${text.join('')}`), line.subarray(1)];
}
