import type { JsonValue } from './json.ts';
import type { Arriving, Jsonable } from './jsonable.ts';

/** Which data goes with which subject where nothing is known of them: any to any. */
export type AnySubjects = Record<string, JsonValue>;

/** A map of subjects that is not looked at: what has it takes and gives any data, and stands for what has another map. */
// biome-ignore lint/suspicious/noExplicitAny: subjects stand in parameters, where only `any` fits every map.
export type UnknownSubjects = any;

/** What a map of subjects must be: an object type, also an interface. */
// biome-ignore lint/suspicious/noExplicitAny: an interface has no index signature, and fits only one of `any`.
export type SubjectMap = Record<string, any>;

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
 * It is the union of all that match, as it arrives: a `Date` is text by then. `never` if none matches.
 */
export type DataOf<Subjects, Pattern extends string> = unknown extends Subjects
  ? JsonValue
  : Arriving<Matched<Subjects, Pattern>>;

type Matched<Subjects, Pattern extends string> = string extends Pattern
  ? Subjects[keyof Subjects & string]
  : {
      [Template in keyof Subjects & string]: string extends Template
        ? Subjects[Template]
        : Matches<Template, Pattern> extends true
          ? Subjects[Template]
          : never;
    }[keyof Subjects & string];

/** The data that a map of subjects gives to one of them; of a text that is not known, the data of all. */
export type DataFor<Subjects, Subject extends string> = string extends Subject
  ? Subjects[keyof Subjects & string]
  : {
      [Template in keyof Subjects & string]: string extends Template
        ? Subjects[Template]
        : Fits<Segments<Template>, Segments<Subject>, false> extends true
          ? Subjects[Template]
          : never;
    }[keyof Subjects & string];

/**
 * The data that may be published to a subject: what a map of subjects gives to it. Where that may be any JSON,
 * it is whatever JSON carries.
 */
export type Publishable<Subjects, Subject extends string, Data> = [JsonValue] extends [
  DataFor<Subjects, Subject>,
]
  ? Jsonable<Data>
  : Jsonable<DataFor<Subjects, Subject>>;
