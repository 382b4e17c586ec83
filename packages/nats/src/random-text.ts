import { randomBytes } from 'node:crypto';

/** Random characters of `[0-9a-z]`. */
export function randomText(length: number): string {
  return [...randomBytes(length)].map((byte) => (byte % 36).toString(36)).join('');
}
