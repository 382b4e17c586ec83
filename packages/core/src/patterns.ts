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
 * Caches parsed patterns. Clients of one kind subscribe to the same patterns, so each is parsed and stored once for all.
 *
 * @remarks Keeps up to 1024 patterns of up to 1024 characters, and drops all of them when it is full.
 */
export class Patterns {
  readonly #limits: PatternLimits;
  readonly #known: Readonly<Record<Matching, Map<string, Pattern>>> = { path: new Map(), prefix: new Map() };

  constructor(limits: PatternLimits) {
    this.#limits = limits;
  }

  /** Parses a pattern, or returns the cached one. @throws {CometError} `invalid-pattern`. */
  read(text: string, matching: Matching): Pattern {
    const known = this.#known[matching];
    const found = known.get(text);
    if (found !== undefined) return found;
    parsePattern(text, matching, this.#limits);
    // A substring keeps the whole request text in memory, so the cache needs a copy.
    const own = JSON.parse(JSON.stringify(text)) as string;
    const pattern = { text: own, matching, parts: parsePattern(own, matching, this.#limits) };
    // Long lists are rarely shared.
    if (own.length > longestKept) return pattern;
    if (known.size >= kept) known.clear();
    known.set(own, pattern);
    return pattern;
  }
}
