import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const keyBytes = 32;
// 132 bits in base64url (characters).
const tokenLength = 22;

/**
 * Tokens that prove that who sends one gets what is sent to its address: without them nobody is answered with more than
 * was received, and nobody speaks for an address that is not theirs.
 *
 * A token is valid for one address and port, for one to two time spans. The server stores nothing per token.
 */
export class AddressTokens {
  readonly #key: Buffer = randomBytes(keyBytes);
  readonly #spanMs: number;
  readonly #now: () => number;

  /**
   * @param spanMs - the length of a time span, in milliseconds.
   * @param now - a monotonic clock, in milliseconds.
   */
  constructor(spanMs: number, now: () => number = () => performance.now()) {
    this.#spanMs = spanMs;
    this.#now = now;
  }

  /** The token of an address, as of now. */
  give(address: string, port: number): string {
    return this.#tokenOf(address, port, this.#span);
  }

  /** Returns whether a token was issued to an address and has not expired. */
  proves(token: string, address: string, port: number): boolean {
    return (
      sameToken(token, this.#tokenOf(address, port, this.#span)) ||
      sameToken(token, this.#tokenOf(address, port, this.#span - 1))
    );
  }

  get #span(): number {
    return Math.floor(this.#now() / this.#spanMs);
  }

  #tokenOf(address: string, port: number, span: number): string {
    const proof = createHmac('sha256', this.#key).update(`${span}|${port}|${address}`).digest('base64url');
    return proof.slice(0, tokenLength);
  }
}

/** Compares two tokens in constant time, so that timing does not reveal where they differ. */
export function sameToken(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
