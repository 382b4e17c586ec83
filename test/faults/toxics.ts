import type { SeededRandom } from '../sim/random.ts';

/** What the proxy can do to a connection, or to all of them. */
const toxicKinds = [
  'reset', // both sides are reset after so many bytes of the answer
  'reset-client', // the client is reset, the server is left in the belief that it is there
  'end', // a clean end in the middle of the answer
  'half-open', // from some byte on nothing passes in either direction, and nobody is told
  'slice', // every byte on its own
  'delay', // every piece late, by a time of its own, in order
  'swallow', // the server's whole answer is lost
  'lose-request', // the request never gets there
  'repeat', // the server gets the request twice, and the second answer goes to the client
  'echo', // the server gets the request once more after it was answered
  'buffer', // the answer is held back until it is whole
  'bad-gateway', // 502 instead of the server
  'bad-gateway-late', // 502 after the server has done what it was asked
] as const;

/** What befalls connections that are open, beside the toxics that they were born with. */
export const strikeKinds = ['cut', 'cut-end', 'cut-silent', 'spike', 'refuse'] as const;

/** The name of a fault. */
export type FaultName = (typeof toxicKinds)[number] | (typeof strikeKinds)[number];

/** A fault with its size. Units: `at` bytes of the answer; `delayMs` milliseconds. */
export interface Toxic {
  readonly kind: (typeof toxicKinds)[number];
  readonly at: number;
  readonly delayMs: number;
}

/** Those that need to know where a request ends: the connection carries that one only. */
export function readsRequest({ kind }: Toxic): boolean {
  return toxicKinds.indexOf(kind) >= toxicKinds.indexOf('swallow');
}

/** Draws a fault. @returns one in eight is slow to be noticed, since that costs a test its time. */
export function drawToxic(random: SeededRandom, slow: boolean): Toxic {
  const patient = ['half-open', 'buffer'] as const;
  const quick = toxicKinds.filter((kind) => !patient.includes(kind as 'buffer'));
  const kind = slow && random.chance(1 / 8) ? random.pick(patient) : random.pick(quick);
  // Heads are about 500 bytes: often inside, often behind, at times many events later.
  return {
    kind,
    at: random.integer(0, random.pick([100, 700, 3000, 20_000])),
    delayMs: random.integer(5, 400),
  };
}
