/**
 * What one option may be. An error names the option and says `expected`.
 *
 * The type named by `type` with another value is out of range (a RangeError); anything else is of the wrong type.
 */
export interface Rule {
  /** The right value in words: `a positive integer`. */
  readonly expected: string;
  /** Returns whether the value is right as it is. */
  readonly test: (value: unknown) => boolean;
  readonly type?: 'number' | 'string';
  /** The options of an object that `test` leaves open. */
  readonly within?: Rules;
  /** What these must be together, once each is right. */
  readonly together?: Rule;
  /** What each item of an array may be. */
  readonly each?: Rule;
}

/** Options by their names. */
export type Rules = Readonly<Record<string, Rule>>;

/** One rule for each option of a type: an option without a rule, or a rule without its option, does not compile. */
export type RulesOf<T> = { readonly [Name in keyof Required<T>]: Rule };

const isInteger = (value: unknown): value is number => Number.isInteger(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole number above zero. */
export const count: Rule = {
  expected: 'a positive integer',
  test: (value) => isInteger(value) && value > 0,
  type: 'number',
};

/** A whole number, zero included. */
export const whole: Rule = {
  expected: 'a whole number, 0 or more',
  test: (value) => isInteger(value) && value >= 0,
  type: 'number',
};

/** Any number above zero but infinity. */
export const positive: Rule = {
  expected: 'a positive number',
  test: (value) => Number.isFinite(value) && (value as number) > 0,
  type: 'number',
};

/** True or false. */
export const flag: Rule = { expected: 'true or false', test: (value) => typeof value === 'boolean' };

/** Something to call. */
export const callback: Rule = { expected: 'a function', test: (value) => typeof value === 'function' };

/** Any text. */
export const text: Rule = { expected: 'a string', test: (value) => typeof value === 'string' };

/** A path that a server serves. */
export const path: Rule = {
  expected: 'a path that begins with "/"',
  test: (value) => typeof value === 'string' && /^\/[^\s;?#]*$/.test(value),
};

/** One of some words. */
export function choice(...words: readonly string[]): Rule {
  const expected = `one of ${words.map((word) => `"${word}"`).join(', ')}`;
  return { expected, test: (value) => words.includes(value as string), type: 'string' };
}

/** What a test of its own decides. */
export function suchAs(expected: string, test: (value: unknown) => boolean): Rule {
  return { expected, test };
}

/** An object that has these methods, whatever else it has. */
export function having(...methods: readonly string[]): Rule {
  const test = (value: unknown): boolean =>
    isObject(value) && methods.every((name) => typeof value[name] === 'function');
  return { expected: `an object with the methods ${methods.join(', ')}`, test };
}

/** An object with options of its own, which are right `together`, or what `or` lets through as it is. */
export function nested(within: Rules, { or, together }: { or?: Rule; together?: Rule } = {}): Rule {
  const expected = or === undefined ? 'an object of options' : `${or.expected} or an object of options`;
  return { expected, test: or?.test ?? (() => false), within, ...(together && { together }) };
}

/** An array whose items follow a rule. */
export function list(each: Rule): Rule {
  return { expected: `an array, each item ${each.expected}`, test: () => false, each };
}

/**
 * Checks options that a program gave: each must be known and of the right kind. `undefined` counts as not given.
 *
 * @param elsewhere - options that are easily put here by mistake, by the name of the function that takes them.
 * @throws {TypeError} — an option is unknown, with the nearest known one, or of the wrong type.
 * @throws {RangeError} — a number or a word is none of those allowed.
 */
export function checkOptions(
  given: unknown,
  rules: Rules,
  elsewhere: Readonly<Record<string, Rules>> = {},
): void {
  if (!isObject(given)) throw new TypeError(`the options are ${shown(given)}, expected an object`);
  checkObject(given, rules, '', () => [...pathsOf(rules), ...foreignPaths(elsewhere)]);
}

/** A name that could have been meant: the last part of the path, and how to say it. */
interface Known {
  readonly name: string;
  readonly said: string;
}

// Asked for only when a name is unknown.
type Names = () => readonly Known[];

function checkObject(given: Record<string, unknown>, rules: Rules, prefix: string, known: Names): void {
  // Without a list of pairs: each join and each publish comes by here.
  for (const name of Object.keys(given)) {
    const value = given[name];
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw unknown(prefix, name, rules, known());
    if (value !== undefined) checkValue(value, rule, prefix + name, known);
  }
}

function checkValue(value: unknown, rule: Rule, at: string, known: Names): void {
  const { test, within, together, each, expected, type } = rule;
  if (test(value)) return;
  if (within !== undefined && isObject(value)) {
    checkObject(value, within, `${at}.`, known);
    if (together?.test(value) === false)
      throw new RangeError(`option \`${at}\` is out of range, expected ${together.expected}`);
  } else if (each !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(item, each, `${at}[${index}]`, known);
  } else {
    const inRange = typeof value === type;
    const Wrong = inRange ? RangeError : TypeError;
    throw new Wrong(`option \`${at}\` is ${shown(value, inRange)}, expected ${expected}`);
  }
}

// A text is quoted only where it should have been one of a few words or a number: elsewhere it may be a secret.
function shown(value: unknown, quoted = false): string {
  if (typeof value === 'string') return quoted && value.length < 40 ? JSON.stringify(value) : 'a string';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  return isObject(value) ? 'an object' : String(value);
}

function unknown(prefix: string, name: string, rules: Rules, known: readonly Known[]): TypeError {
  const here = Object.keys(rules).map((other) => ({ name: other, said: `\`${prefix}${other}\`` }));
  const meant = known.find((other) => other.name === name) ?? nearest(name, here) ?? nearest(name, known);
  // A name of another kind than names have is not worth repeating.
  const said = /^[\w.$-]{1,64}$/.test(name) ? `\`${prefix}${name}\`` : `in ${prefix || 'the options'}`;
  return new TypeError(`unknown option ${said}${meant === undefined ? '' : `; did you mean ${meant.said}?`}`);
}

// Of options with one name the outer one is meant.
function pathsOf(rules: Rules, prefix = ''): Known[] {
  const options = Object.entries(rules);
  const inner = options.flatMap(([name, { within }]) => (within ? pathsOf(within, `${prefix}${name}.`) : []));
  return [...options.map(([name]) => ({ name, said: `\`${prefix}${name}\`` })), ...inner];
}

function foreignPaths(elsewhere: Readonly<Record<string, Rules>>): Known[] {
  return Object.entries(elsewhere).flatMap(([owner, rules]) =>
    pathsOf(rules).map(({ name, said }) => ({ name, said: `${said} of ${owner}` })),
  );
}

/**
 * Finds the name that was probably meant by another one.
 *
 * @returns undefined when none is similar.
 */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  return nearest(
    name,
    names.map((other) => ({ name: other, said: other })),
  )?.name;
}

/**
 * Returns whether one name looks like a slip of the pen for another: another case, two letters that changed places, or in longer
 * names a letter too much, too few or wrong.
 */
export function isMisspelling(name: string, other: string): boolean {
  if (Math.abs(name.length - other.length) > 2) return false;
  const [given, meant] = [name.toLowerCase(), other.toLowerCase()];
  if (given === meant || hasSwappedLetters(given, meant)) return true;
  const allowed = meant.length < 5 ? 0 : meant.length < 7 ? 1 : 2;
  return edits(given, meant) <= allowed;
}

function hasSwappedLetters(given: string, meant: string): boolean {
  if (given.length !== meant.length) return false;
  const at = [...given].findIndex((letter, index) => letter !== meant[index]);
  return (
    given[at] === meant[at + 1] && given[at + 1] === meant[at] && given.slice(at + 2) === meant.slice(at + 2)
  );
}

function nearest(name: string, known: readonly Known[]): Known | undefined {
  const word = name.slice(0, 64).toLowerCase();
  let best: Known | undefined;
  let least = Math.round(word.length * 0.4) + 1;
  for (const other of known) {
    const candidate = other.name.toLowerCase();
    const part = word.length > 3 && (candidate.includes(word) || word.includes(candidate));
    const distance = Math.min(edits(word, candidate), part ? 1.5 : 64);
    if (distance < least) [best, least] = [other, distance];
  }
  return best;
}

// Letters to put in, take out or change.
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let at = 1; at <= to.length; at += 1) {
      const change = (row[at - 1] ?? 0) + (from[line - 1] === to[at - 1] ? 0 : 1);
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
