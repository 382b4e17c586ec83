import type { Failure } from '../errors.ts';

/** The failure that names the limit, and the option that moves it. */
export function tooLarge(limit: number, reason = 'something that is no event is longer'): Failure {
  return { code: 'too-large', reason: `${reason} than the option maxEventChars allows, ${limit} characters` };
}
