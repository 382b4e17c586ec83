import { checkSubject } from '@cometkit/core';

/** The values of the named segments of a template: `{ room: string }` of `/chat/:room`. */
export type ParamsOf<Template extends string> = string extends Template
  ? Readonly<Record<string, string>>
  : { readonly [Name in NamesIn<Template>]: string };

type NamesIn<Template extends string> = Template extends `${infer Head}/${infer Tail}`
  ? NameOf<Head> | NamesIn<Tail>
  : NameOf<Template>;
type NameOf<Segment extends string> = Segment extends `:${infer Name}` ? Name : never;

const limits = { maxSubjectLength: 1024, maxSubjectDepth: 64 };

/** A path in which `:name` stands for any one segment, ready to be compared with subjects. */
export class SubjectTemplate {
  readonly text: string;
  /** The template without its names: two with the same shape stand for the same subjects. */
  readonly shape: string;
  readonly #segments: readonly string[];

  /** @throws {TypeError} the text is no path, holds a wildcard, or names two segments alike. */
  constructor(text: string) {
    this.text = text;
    this.#segments = segmentsOf(text);
    this.shape = this.#segments.map((segment) => (segment.startsWith(':') ? ':' : segment)).join('/');
  }

  /**
   * Reads the named segments of a subject.
   *
   * @returns undefined if the subject does not fit. What begins with `/$` is what the two ends say to each other, and nobody's `:name`. Names come from the program, so a plain object is safe.
   */
  paramsOf(subject: string): Readonly<Record<string, string>> | undefined {
    const given = subject.split('/');
    if (given.length !== this.#segments.length) return undefined;
    if (subject.startsWith('/$') && !this.text.startsWith('/$')) return undefined;
    const params: Record<string, string> = {};
    for (const [at, segment] of this.#segments.entries()) {
      const value = given[at] ?? '';
      if (segment.startsWith(':')) params[segment.slice(1)] = value;
      else if (segment !== value) return undefined;
    }
    return params;
  }
}

function segmentsOf(text: unknown): readonly string[] {
  const wanted = 'must be a path such as /orders/:id, without wildcards';
  if (typeof text !== 'string') throw new TypeError(`the template ${wanted}`);
  try {
    checkSubject(text, limits);
  } catch (cause) {
    throw new TypeError(`the template ${wanted}`, { cause });
  }
  const segments = text.split('/');
  const names = segments.filter((segment) => segment.startsWith(':'));
  if (names.some((name) => !/^:[A-Za-z_]\w*$/.test(name) || name === ':__proto__'))
    throw new TypeError('a name in a template is a letter, then letters, digits and _');
  if (new Set(names).size < names.length)
    throw new TypeError('two segments of a template have the same name');
  return segments;
}
