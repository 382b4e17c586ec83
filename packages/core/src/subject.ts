import { CometError } from './errors.ts';

/** The bounds of subjects and patterns. */
export interface SubjectLimits {
  readonly maxSubjectLength: number;
  readonly maxSubjectDepth: number;
}

/**
 * Checks the subject of an event to be published: a path that starts with `/`, with no empty segment, comma or `*`.
 * With `matching` `prefix` a subject is any text that is not blank and holds no comma, as in the original. Control characters and
 * lone surrogates are never allowed.
 *
 * @throws {CometError} `invalid-subject` — with the rule that was broken, never with the subject itself.
 */
export function checkSubject(
  subject: string,
  limits: SubjectLimits,
  matching: 'path' | 'prefix' = 'path',
): void {
  const { maxSubjectLength, maxSubjectDepth } = limits;
  if (matching === 'path' && isUsualPath(subject) && subject.length <= maxSubjectLength)
    if (depthOf(subject) <= maxSubjectDepth) return;
  const reason =
    matching === 'path' ? (flawOfPath(subject, limits) ?? flawOfName(subject)) : flawOfPlain(subject, limits);
  if (reason !== undefined) throw new CometError('invalid-subject', `the subject ${reason}`, { reason });
}

/** Finds what is wrong with a text as a path, or as a part of a path pattern. @returns undefined when it is right. */
export function flawOfPath(text: string, limits: SubjectLimits): string | undefined {
  const flaw = flawOfText(text, limits);
  if (flaw !== undefined) return flaw;
  if (text.charCodeAt(0) !== slash) return 'does not start with "/"';
  // The root counts as one segment here.
  const depth = Math.max(1, depthOf(text));
  return depth > limits.maxSubjectDepth ? `is deeper than ${limits.maxSubjectDepth} segments` : undefined;
}

/** Finds what is wrong with a text that is compared as a plain prefix. @returns undefined when it is right. */
export function flawOfPlain(text: string, limits: SubjectLimits): string | undefined {
  const flaw = flawOfText(text, limits);
  if (flaw !== undefined) return flaw;
  if (text.includes(',')) return 'holds a comma';
  return trimBlanks(text) === '' ? 'is blank' : undefined;
}

/** Removes the blanks around a text. Unlike `trim` it keeps line breaks, which are not allowed in a subject. */
export function trimBlanks(text: string): string {
  return text.startsWith(' ') || text.endsWith(' ') ? text.replace(/^ +| +$/g, '') : text;
}

function flawOfText(text: string, limits: SubjectLimits): string | undefined {
  if (typeof text !== 'string' || text.length === 0) return 'is empty';
  if (text.length > limits.maxSubjectLength) return `is longer than ${limits.maxSubjectLength} characters`;
  if (/\p{Cc}/u.test(text)) return 'holds a control character';
  return isWellFormed(text) ? undefined : 'holds half of a surrogate pair';
}

/**
 * Returns whether path patterns can match a subject. Others, such as `alarm`, `/a/` or `//a`, are only for clients that match by
 * prefix.
 */
export function isPath(subject: string): boolean {
  if (isUsualPath(subject)) return true;
  return subject === '/' || (subject.charCodeAt(0) === slash && flawOfName(subject) === undefined);
}

/** The number of segments of a path; 0 for the root. */
export function depthOf(path: string): number {
  if (path.length === 1) return 0;
  let depth = 0;
  for (let at = 0; at < path.length; at += 1) if (path.charCodeAt(at) === slash) depth += 1;
  return depth;
}

/** Returns whether every surrogate of the text is part of a pair, as UTF-8 requires. */
export function isWellFormed(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0xd800 || code > 0xdfff) continue;
    const next = text.charCodeAt(index + 1);
    if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    index += 1;
  }
  return true;
}

/** Splits a subject or pattern into its segments: `/a/b` gives `a`, `b`, and `/` gives none. */
export function segmentsOf(subject: string): string[] {
  return subject === '/' ? [] : subject.slice(1).split('/');
}

const slash = 0x2f;

// The characters of most subjects, by their codes.
const usual = new Uint8Array(128);
for (const text of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~:@')
  usual[text.charCodeAt(0)] = 1;

// Says at one look of most subjects that they are right: every event is checked. Of others it says nothing.
function isUsualPath(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  let afterSlash = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const cuts = code === slash;
    if (cuts ? afterSlash : at === 0 || usual[code] !== 1) return false;
    afterSlash = cuts;
  }
  return text.length > 0 && !afterSlash;
}

function flawOfName(subject: string): string | undefined {
  if (subject.includes(',')) return 'holds a comma';
  if (subject.includes('*')) return 'holds a "*"';
  if (subject === '/' || subject.endsWith('/') || subject.includes('//')) return 'has an empty segment';
  return undefined;
}
