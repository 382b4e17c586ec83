import type { JsonValue } from '@cometkit/core';

/** Which data goes with which subject, for a client that knows nothing of them. */
export type AnySubjects = Record<string, JsonValue>;

/** The segments of a subject, a template or a pattern. */
type Segments<Text extends string> = Text extends `/${infer Rest}` ? Split<Rest> : Split<Text>;
type Split<Text extends string> = Text extends `${infer Head}/${infer Tail}`
  ? [Head, ...Split<Tail>]
  : [Text];

/** True if a segment of a template (`:name` is any) fits a segment of a pattern (`*` is any). */
type SegmentFits<Template, Pattern> = Pattern extends '*'
  ? true
  : string extends Pattern
    ? true
    : Template extends `:${string}`
      ? true
      : Template extends Pattern
        ? true
        : false;

/** True if the segments of a template fit those of a pattern; `Rest` is what may follow its end. */
type Fits<Template extends unknown[], Pattern extends unknown[], Rest> = Pattern extends ['**']
  ? true
  : Pattern extends [infer First, ...infer Others]
    ? Template extends [infer Own, ...infer More]
      ? SegmentFits<Own, First> extends true
        ? Fits<More, Others, Rest>
        : false
      : false
    : Template extends []
      ? true
      : Rest;

/** A pattern without wildcards is a subject with all below it. */
type Matches<Template extends string, Pattern extends string> = Pattern extends `${infer One},${infer Others}`
  ? true extends Matches<Template, One> | Matches<Template, Others>
    ? true
    : false
  : Fits<Segments<Template>, Segments<Pattern>, Pattern extends `${string}*${string}` ? false : true>;

/**
 * The data of the events that a pattern matches, by a map from subject templates (`/stocks/:symbol`) to data.
 *
 * It is the union of all that match; `never` if none does.
 */
export type DataOf<Subjects, Pattern extends string> = string extends Pattern
  ? Subjects[keyof Subjects & string]
  : {
      [Template in keyof Subjects & string]: string extends Template
        ? Subjects[Template]
        : Matches<Template, Pattern> extends true
          ? Subjects[Template]
          : never;
    }[keyof Subjects & string];

/** The data that may be published to a subject. */
export type DataFor<Subjects, Subject extends string> = string extends Subject
  ? Subjects[keyof Subjects & string]
  : {
      [Template in keyof Subjects & string]: string extends Template
        ? Subjects[Template]
        : Fits<Segments<Template>, Segments<Subject>, false> extends true
          ? Subjects[Template]
          : never;
    }[keyof Subjects & string];
