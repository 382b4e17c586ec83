import { type Matching, type PatternLimits, type PatternPart, parsePattern } from './pattern.ts';

/** A pattern as it was given, and as it is indexed. */
export interface Pattern {
  readonly text: string;
  readonly matching: Matching;
  readonly parts: readonly PatternPart[];
}

const kept = 1024;
const longestKept = 1024;

/**
 * Patterns that were read lately. Clients of one kind ask for the same: so it is read once, and held once by all of them.
 *
 * Shape: at most 1024 of at most 1024 characters, and all are forgotten when one more comes.
 */
export class Patterns {
  readonly #limits: PatternLimits;
  readonly #known: Readonly<Record<Matching, Map<string, Pattern>>> = { path: new Map(), prefix: new Map() };

  constructor(limits: PatternLimits) {
    this.#limits = limits;
  }

  /** @throws CometError `invalid-pattern`. */
  read(text: string, matching: Matching): Pattern {
    const known = this.#known[matching];
    const found = known.get(text);
    if (found !== undefined) return found;
    parsePattern(text, matching, this.#limits);
    // What is cut out of a larger text keeps all of it in memory, here for long.
    const own = JSON.parse(JSON.stringify(text)) as string;
    const pattern = { text: own, matching, parts: parsePattern(own, matching, this.#limits) };
    // Long lists are seldom the same.
    if (own.length > longestKept) return pattern;
    if (known.size >= kept) known.clear();
    known.set(own, pattern);
    return pattern;
  }
}
