import { CometError } from './errors.ts';
import { flawOfPath, flawOfPlain, isPath, type SubjectLimits, segmentsOf, trimBlanks } from './subject.ts';

/** How the parts of a pattern are read: by whole segments with wildcards, or as the original's plain string prefix. */
export type Matching = 'path' | 'prefix';

/** Limits of a pattern: those of each part, and how many parts there may be. */
export interface PatternLimits extends SubjectLimits {
  readonly maxSubscriptions: number;
}

// Each one may double the nodes that an event visits in the index.
const maxWildcards = 8;

/**
 * One part of a comma list, ready to be indexed: a `branch` is a subject and all below it, a `glob` has `*` for one segment and
 * may end in `**` for any rest (`open`), and a `prefix` is every subject that starts with the text.
 */
export type PatternPart =
  | { readonly kind: 'branch'; readonly text: string }
  | { readonly kind: 'glob'; readonly segments: readonly string[]; readonly open: boolean }
  | { readonly kind: 'prefix'; readonly text: string };

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
  if (!isPath(subject)) return false;
  if (part.kind === 'branch') {
    const { text } = part;
    return (
      text === '/' ||
      subject === text ||
      (subject.startsWith(text) && subject.charCodeAt(text.length) === 0x2f)
    );
  }
  return globMatches(part.segments, part.open, subject);
}

// Without splitting the subject: a session that resumes compares a whole log with its patterns.
function globMatches(segments: readonly string[], open: boolean, subject: string): boolean {
  let at = 1;
  for (const segment of segments) {
    if (at >= subject.length) return false;
    const slash = subject.indexOf('/', at);
    const end = slash < 0 ? subject.length : slash;
    if (segment !== '*' && (segment.length !== end - at || !subject.startsWith(segment, at))) return false;
    at = end + 1;
  }
  return open || at >= subject.length;
}

function parsePart(text: string, matching: Matching, limits: SubjectLimits): PatternPart {
  const flaw = matching === 'path' ? flawOfPath(text, limits) : flawOfPlain(text, limits);
  if (flaw !== undefined) fail(flaw);
  if (matching === 'prefix') return { kind: 'prefix', text };
  if (text !== '/' && (text.endsWith('/') || text.includes('//'))) fail('has an empty segment');
  if (!text.includes('*')) return { kind: 'branch', text };
  const segments = segmentsOf(text);
  const open = segments.at(-1) === '**';
  if (open) segments.pop();
  if (segments.filter((segment) => segment === '*').length > maxWildcards)
    fail(`has more than ${maxWildcards} wildcards in one part`);
  if (segments.some((segment) => segment.includes('*') && segment !== '*')) {
    fail('uses "*" other than as a whole segment, or "**" other than as the last');
  }
  return { kind: 'glob', segments, open };
}

function fail(reason: string): never {
  throw new CometError('invalid-pattern', `the subject pattern ${reason}`, { reason });
}
