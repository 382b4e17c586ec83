const cr = 0x0d;
const lf = 0x0a;
const tab = 0x09;
const space = 0x20;
const colon = 0x3a;
const zero = 0x30;
const maxFields = 100;
const longestLength = 7;

// What a byte may be part of: a name (1), a value (2).
const isName = 1;
const isValue = 2;
const kinds = new Uint8Array(256);
for (let byte = 0x20; byte < 0x7f; byte += 1) kinds[byte] = isValue;
kinds[tab] = isValue;
for (const byte of Buffer.from(
  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
)) {
  kinds[byte] = isName | isValue;
}

const close = 'close';
const keepAlive = 'keep-alive';

/**
 * Folds the name of a header into one of 32 bits: names without their bit in a request are not in it.
 *
 * @param first - char code of the first character, in either case.
 * @param length - length of the name.
 */
export function fieldBit(first: number, length: number): number {
  return 1 << (((first | 0x20) + length) & 31);
}

/** The header lines of a request, as far as they say where it ends and what becomes of its connection. */
export class RequestFields {
  names = 0;
  hosts = 0;
  /** Length of the body in bytes; negative if no length is given. */
  length = -1;
  last = false;
  #connections = 0;

  /**
   * Reads up to the empty line.
   *
   * @returns the offset of the body; negative if anything is ambiguous.
   */
  read(bytes: Buffer, from: number, limit: number): number {
    let at = from;
    for (let count = 0; count <= maxFields && at + 1 < limit; count += 1) {
      if (bytes[at] === cr) return bytes[at + 1] === lf ? at + 2 : -1;
      const nameEnd = skip(bytes, at, limit, isName);
      if (nameEnd === at || bytes[nameEnd] !== colon) return -1;
      const end = skip(bytes, nameEnd + 1, limit, isValue);
      if (end + 1 >= limit || bytes[end] !== cr || bytes[end + 1] !== lf) return -1;
      if (!this.#take(bytes, at, nameEnd, end)) return -1;
      at = end + 2;
    }
    return -1;
  }

  // Other headers say nothing about framing. By their length, for most are told from the rest by that.
  #take(bytes: Buffer, start: number, nameEnd: number, end: number): boolean {
    this.names |= fieldBit(bytes[start] ?? 0, nameEnd - start);
    switch (nameEnd - start) {
      case 4:
        return !isNamed(bytes, start, 'host') || this.#takeHost(bytes, nameEnd + 1, end);
      case 6:
        return !isNamed(bytes, start, 'expect');
      case 7:
        return !isNamed(bytes, start, 'upgrade');
      case 10:
        return !isNamed(bytes, start, 'connection') || this.#takeConnection(bytes, nameEnd + 1, end);
      case 14:
        return !isNamed(bytes, start, 'content-length') || this.#takeLength(bytes, nameEnd + 1, end);
      case 16:
        // Node's parser reads it as if it were `connection`.
        return !isNamed(bytes, start, 'proxy-connection');
      case 17:
        return !isNamed(bytes, start, 'transfer-encoding');
      default:
        return true;
    }
  }

  #takeHost(bytes: Buffer, from: number, end: number): boolean {
    this.hosts += 1;
    return trimStart(bytes, from, end) < end;
  }

  #takeConnection(bytes: Buffer, from: number, end: number): boolean {
    this.#connections += 1;
    const start = trimStart(bytes, from, end);
    const length = trimEnd(bytes, start, end) - start;
    this.last = length === close.length && isNamed(bytes, start, close);
    return (
      this.#connections === 1 &&
      (this.last || (length === keepAlive.length && isNamed(bytes, start, keepAlive)))
    );
  }

  #takeLength(bytes: Buffer, from: number, end: number): boolean {
    if (this.length >= 0) return false;
    const start = trimStart(bytes, from, end);
    // Node refuses a length with a tab behind it, and takes one with blanks.
    let stop = end;
    while (stop > start && bytes[stop - 1] === space) stop -= 1;
    if (stop === start || stop - start > longestLength) return false;
    this.length = 0;
    for (let at = start; at < stop; at += 1) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) return false;
      this.length = this.length * 10 + digit;
    }
    return true;
  }
}

function skip(bytes: Buffer, from: number, limit: number, kind: number): number {
  let at = from;
  while (at < limit && ((kinds[bytes[at] ?? 0] ?? 0) & kind) !== 0) at += 1;
  return at;
}

function trimStart(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at])) at += 1;
  return at;
}

function trimEnd(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(bytes[at - 1])) at -= 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}

// Case matters in neither names nor the words of `connection`, and both are made of letters and hyphens.
function isNamed(bytes: Buffer, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (((bytes[start + index] ?? 0) | 0x20) !== name.charCodeAt(index)) return false;
  }
  return true;
}
