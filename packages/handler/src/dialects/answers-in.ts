import type { Format } from '@cometkit/codec';
import type { Answers } from './answers.ts';
import { classicAnswers } from './classic/answers.ts';
import { modernAnswers } from './modern/answers.ts';

/** Returns how the dialect of a format answers. */
export function answersIn(format: Format): Answers {
  return format.classic ? classicAnswers : modernAnswers;
}
