import type { JsonValue } from '@cometkit/core';

/** Which data goes with which subject, for a client that knows nothing of them. */
export type AnySubjects = Record<string, JsonValue>;

/** A subject template with `:name` for a segment, as the type of the subjects that it stands for. */
type Expanded<Template extends string> = Template extends `${infer Head}/:${infer Tail}`
  ? Tail extends `${string}/${infer Rest}`
    ? `${Head}/${string}${Expanded<`/${Rest}`>}`
    : `${Head}/${string}`
  : Template;

/** A pattern as the type of the subjects that it matches. */
type Matched<Pattern extends string> = Pattern extends `${infer One},${infer Rest}`
  ? Matched<One> | Matched<Rest>
  : Pattern extends `${infer Head}/**`
    ? Globbed<Head> | `${Globbed<Head>}/${string}`
    : Pattern extends `${string}*${string}`
      ? Globbed<Pattern>
      : Pattern | `${Pattern}/${string}`;

type Globbed<Pattern extends string> = Pattern extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Globbed<Tail>}`
  : Pattern;

type Overlaps<A, B> = A extends B ? true : B extends A ? true : false;

/**
 * The data of the events that a pattern matches, by a map from subject templates to data.
 *
 * Shape: the union of all that match; `never` when none does.
 */
export type DataOf<Subjects, Pattern extends string> = {
  [Template in keyof Subjects & string]: true extends Overlaps<Matched<Pattern>, Expanded<Template>>
    ? Subjects[Template]
    : never;
}[keyof Subjects & string];

/** The data that may be published to a subject. */
export type DataFor<Subjects, Subject extends string> = {
  [Template in keyof Subjects & string]: Subject extends Expanded<Template> ? Subjects[Template] : never;
}[keyof Subjects & string];
