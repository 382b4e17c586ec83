import { CometError } from './errors.ts';

/** The bounds that subjects and patterns are held to. */
export interface SubjectLimits {
  readonly maxSubjectLength: number;
  readonly maxSubjectDepth: number;
}

/**
 * Checks the subject of an event to be published.
 *
 * Shape: starts with `/`, segments are not empty, no comma, no `*`, no control character, no lone surrogate.
 *
 * @throws CometError `invalid-subject` — with the rule that was broken, never with the subject itself.
 */
export function checkSubject(subject: string, limits: SubjectLimits): void {
  const reason = flawOf(subject, limits) ?? flawOfName(subject);
  if (reason !== undefined) throw new CometError('invalid-subject', `the subject ${reason}`, { reason });
}

/** Says what is wrong with a text as a subject or a part of a pattern; undefined when nothing is. */
export function flawOf(text: string, limits: SubjectLimits): string | undefined {
  if (typeof text !== 'string' || text.length === 0) return 'is empty';
  if (text.length > limits.maxSubjectLength) return `is longer than ${limits.maxSubjectLength} characters`;
  if (text.charCodeAt(0) !== slash) return 'does not start with "/"';
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === slash) depth += 1;
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 'holds a control character';
  }
  if (depth > limits.maxSubjectDepth) return `is deeper than ${limits.maxSubjectDepth} segments`;
  return isWellFormed(text) ? undefined : 'holds half of a surrogate pair';
}

/** Says whether every surrogate of the text has its other half, which UTF-8 needs. */
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

function flawOfName(subject: string): string | undefined {
  if (subject.includes(',')) return 'holds a comma';
  if (subject.includes('*')) return 'holds a "*"';
  if (subject === '/' || subject.endsWith('/') || subject.includes('//')) return 'has an empty segment';
  return undefined;
}
