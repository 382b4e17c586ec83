import type { Answers } from '../answers.ts';
import { queryOf } from './negotiation.ts';
import { refuse } from './refusal.ts';

/** How the modern dialect answers. */
export const modernAnswers: Answers = {
  knownByAddress: false,
  tellsKey: true,
  leaseMs: () => undefined,
  // The elements of a socket tell it, as those of a response do.
  formatName: ({ name }) => (name === 'xml-strict' ? name : undefined),
  // The next answer of a long poll is held anyway.
  waitMs: (mode) => (mode === 'long-poll' ? 0 : undefined),
  refreshQuery: ({ id, cursor }, format) => `session=${id}&type=refresh&ack=${cursor}${queryOf(format)}`,
  checkListen: () => undefined,
  silentEnd: () => undefined,
  seenHeaders: () => undefined,
  seenCursor: () => undefined,
  unknownSubscription: (error) => error,
  refuse,
};
