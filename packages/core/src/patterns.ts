import { bytesOfText, ownText } from './own-text.ts';
import {
  type Matching,
  type PartKind,
  type PatternLimits,
  type PatternPart,
  parsePattern,
  partMatches,
  pathMatches,
} from './pattern.ts';
import { isPath } from './subject.ts';
import { SubjectIndex } from './subject-index.ts';

/** A pattern as it was given, and as it is indexed. */
export interface Pattern {
  readonly text: string;
  readonly matching: Matching;
  readonly parts: readonly PatternPart[];
  /** What it takes in memory with its places in the index, in bytes. */
  readonly bytes: number;
  /** Returns whether one of its parts matches a subject. */
  matches(subject: string): boolean;
}

const kept = 1024;
const longestKept = 1024;

// Its object and its place in the index, measured on 64-bit V8 (`test/core/session-memory.test.ts`).
const partBytes: Readonly<Record<PartKind, number>> = { branch: 112, glob: 204, prefix: 112 };

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
    const pattern = patternOf(text, matching, parsePattern(text, matching, this.#limits));
    // Long lists are rarely shared.
    if (text.length > longestKept) return pattern;
    if (known.size >= kept) known.clear();
    known.set(ownText(text), pattern);
    return pattern;
  }
}

function patternOf(text: string, matching: Matching, parts: readonly PatternPart[]): Pattern {
  const [first, ...others] = parts;
  if (first === undefined || others.length > 0 || first.text !== text) return new List(text, matching, parts);
  return new Single(first.kind, ownText(text));
}

/** The usual pattern: one object is both it and its only part. */
class Single implements Pattern, PatternPart {
  readonly kind: PartKind;
  readonly text: string;
  readonly bytes: number;

  constructor(kind: PartKind, text: string) {
    this.kind = kind;
    this.text = text;
    this.bytes = partBytes[kind] + bytesOfText(text);
  }

  get matching(): Matching {
    return this.kind === 'prefix' ? 'prefix' : 'path';
  }

  get parts(): readonly PatternPart[] {
    return [this];
  }

  matches(subject: string): boolean {
    return partMatches(this, subject);
  }
}

/** A comma list. Its text is made of those of its parts, unless it was given in another way. */
class List implements Pattern {
  readonly matching: Matching;
  readonly parts: readonly PatternPart[];
  readonly bytes: number;
  readonly #given: string | undefined;

  constructor(text: string, matching: Matching, parts: readonly PatternPart[]) {
    this.matching = matching;
    // Each a copy: an index that keeps one part must not keep the whole list.
    this.parts = parts.map((part) => ({ kind: part.kind, text: ownText(part.text) }));
    this.#given = this.#joined === text ? undefined : ownText(text);
    const given = this.#given === undefined ? 0 : bytesOfText(this.#given);
    this.bytes = this.parts.reduce((sum, part) => sum + partBytes[part.kind] + bytesOfText(part.text), given);
  }

  get text(): string {
    return this.#given ?? this.#joined;
  }

  get #joined(): string {
    return this.parts.map(({ text }) => text).join(',');
  }

  matches(subject: string): boolean {
    const index = this.parts.length < manyParts ? undefined : latestList.indexOf(this);
    if (index !== undefined) return hasMatch(index, subject);
    if (this.matching === 'prefix') return this.parts.some((part) => partMatches(part, subject));
    return isPath(subject) && this.parts.some((part) => pathMatches(part, subject));
  }
}

// From so many parts on an index is faster than a look at each of them, if it is asked so often.
const manyParts = 8;
const oftenAsked = 64;

/**
 * An index for the list that is asked about again and again, as when the past is read: a subject then costs its depth, not the number
 * of parts. There is one, for the list that was asked about last.
 */
class LatestList {
  #list: List | undefined = undefined;
  #asked = 0;
  #index: SubjectIndex<true> | undefined = undefined;

  /** @returns undefined while the list is not worth an index. */
  indexOf(list: List): SubjectIndex<true> | undefined {
    if (list !== this.#list) {
      this.#list = list;
      this.#asked = 0;
      this.#index = undefined;
    }
    this.#asked += 1;
    if (this.#asked === oftenAsked) {
      this.#index = new SubjectIndex();
      this.#index.add(list.parts, true);
    }
    return this.#index;
  }
}

const latestList = new LatestList();

function hasMatch(index: SubjectIndex<true>, subject: string): boolean {
  let found = false;
  index.visit(subject, () => {
    found = true;
  });
  return found;
}
