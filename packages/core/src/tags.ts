/** Hashes the characters with FNV-1a. @returns a 32-bit unsigned integer. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** Computes a check value for a position that differs from seed to seed, with the finaliser of MurmurHash3. */
export function tagOf(seed: number, position: number): number {
  let value = (seed ^ Math.imul(position, 0x9e3779b1)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
