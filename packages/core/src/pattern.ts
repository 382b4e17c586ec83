import { CometError } from './errors.ts';
import { flawOfPath, flawOfPlain, isPath, type SubjectLimits, segmentsOf, trimBlanks } from './subject.ts';

/** How the parts of a pattern are read: by whole segments with wildcards, or as the original's plain string prefix. */
export type Matching = 'path' | 'prefix';

/** Limits of a pattern: those of each part, and how many parts there may be. */
export interface PatternLimits extends SubjectLimits {
  readonly maxSubscriptions: number;
}

const slash = 0x2f;
const star = 0x2a;

// Each one may double the nodes that an event visits in the index.
const maxWildcards = 4;

/** How one part of a pattern matches. */
export type PartKind = 'branch' | 'glob' | 'prefix';

/**
 * One part of a comma list, ready to be indexed: a `branch` is a subject and all below it, a `glob` has `*` for one segment and
 * may end in `**` for any rest, and a `prefix` is every subject that starts with the text.
 */
export interface PatternPart {
  readonly kind: PartKind;
  readonly text: string;
}

/**
 * Reads a pattern: a comma list of subjects, each with or without wildcards. In `prefix` matching a part is any text
 * without control characters; blanks around a part and empty parts are ignored.
 *
 * @returns at least one part, each once.
 * @throws {CometError} `invalid-pattern` — with the rule that was broken, never with the pattern itself.
 */
export function parsePattern(pattern: string, matching: Matching, limits: PatternLimits): PatternPart[] {
  return textsOf(pattern, matching, limits).map((text) => parsePart(text, matching, limits));
}

/**
 * Checks a pattern as `parsePattern` does, before any hook sees it.
 *
 * @returns the text of each part, each once, at least one.
 * @throws {CometError} `invalid-pattern`.
 */
export function partsOfPattern(
  pattern: string,
  matching: Matching,
  limits: PatternLimits,
): readonly string[] {
  const texts = textsOf(pattern, matching, limits);
  for (const text of texts) parsePart(text, matching, limits);
  return texts;
}

function textsOf(pattern: string, matching: Matching, limits: PatternLimits): string[] {
  // As long as the parts that a session may have: each of them has its own limit.
  if (typeof pattern !== 'string' || pattern.length > (limits.maxSubjectLength + 1) * limits.maxSubscriptions)
    fail('is too long');
  const texts = pattern.split(',');
  if (matching === 'path') return [...new Set(texts)];
  const named = texts.map(trimBlanks).filter((text) => text !== '');
  return named.length === 0 ? [''] : [...new Set(named)];
}

/** Returns whether a part matches a subject. For single checks: the index does the same for many parts at once. */
export function partMatches(part: PatternPart, subject: string): boolean {
  if (part.kind === 'prefix') return trimBlanks(subject).startsWith(part.text);
  // The text of a branch is a path.
  if (part.kind === 'branch' && subject === part.text) return true;
  return isPath(subject) && pathMatches(part, subject);
}

/** Returns whether a part that is not a prefix matches a subject that is a path. */
export function pathMatches({ kind, text }: PatternPart, subject: string): boolean {
  if (kind === 'glob') return globMatches(text, subject);
  if (!subject.startsWith(text)) return false;
  return text.length === 1 || subject.length === text.length || subject.charCodeAt(text.length) === slash;
}

/** Returns whether a pattern with wildcards matches a path: in one pass over both, whatever they are. */
export function globMatches(pattern: string, subject: string): boolean {
  // Both stand at the slash before a segment, or at their end.
  let at = 0;
  let on = 0;
  while (on < pattern.length) {
    if (pattern.charCodeAt(on + 1) !== star) {
      do {
        if (pattern.charCodeAt(on) !== subject.charCodeAt(at)) return false;
        on += 1;
        at += 1;
      } while (on < pattern.length && pattern.charCodeAt(on) !== slash);
      if (at < subject.length && subject.charCodeAt(at) !== slash) return false;
    } else if (pattern.charCodeAt(on + 2) === star) {
      return true;
    } else {
      if (at + 1 >= subject.length) return false;
      const end = subject.indexOf('/', at + 1);
      at = end < 0 ? subject.length : end;
      on += 2;
    }
  }
  return at === subject.length;
}

function parsePart(text: string, matching: Matching, limits: SubjectLimits): PatternPart {
  const flaw = matching === 'path' ? flawOfPath(text, limits) : flawOfPlain(text, limits);
  if (flaw !== undefined) fail(flaw);
  if (matching === 'prefix') return { kind: 'prefix', text };
  if (text !== '/' && (text.endsWith('/') || text.includes('//'))) fail('has an empty segment');
  if (!text.includes('*')) return { kind: 'branch', text };
  const segments = segmentsOf(text);
  if (segments.at(-1) === '**') segments.pop();
  if (segments.filter((segment) => segment === '*').length > maxWildcards)
    fail(`has more than ${maxWildcards} wildcards in one part`);
  if (segments.some((segment) => segment.includes('*') && segment !== '*')) {
    fail('uses "*" other than as a whole segment, or "**" other than as the last');
  }
  return { kind: 'glob', text };
}

function fail(reason: string): never {
  throw new CometError('invalid-pattern', `the subject pattern ${reason}`, { reason });
}
