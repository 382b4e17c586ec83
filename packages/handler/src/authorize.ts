import { CometError, type JsonValue, type Session, type SessionData } from '@cometkit/core';
import type { Command } from './command.ts';
import type { HttpRequest } from './http.ts';
import type { HookName } from './totals.ts';

/** What a hook returns: yes, no, or no with a reason for the client. */
export type Verdict = boolean | undefined | { readonly refuse: string };

/** Whom a join hook lets in, and for how long. */
export interface Admission {
  /** The name of the user; left out, the client is anonymous. Undefined is an error: it may be a user that was not found. */
  readonly principal?: string;
  /** What the application knows of the user: `session.data` from then on. */
  readonly data?: SessionData;
  /**
   * When the hook is to be asked again, as a `Date` or in Unix milliseconds: the session ends then, and its client joins again
   * where it was. @defaultValue never
   */
  readonly expires?: Date | number | undefined;
}

/** What a join hook returns: a {@link Verdict}, or whom it lets in: the name of the principal alone, or an {@link Admission}. */
export type JoinVerdict = Verdict | string | Admission;

/**
 * What every hook receives: the command exactly as it will be executed, and the request that carried it.
 *
 * @typeParam Native - the framework's own request.
 */
export interface HookContext<Native = unknown> {
  readonly command: Command;
  readonly request: HttpRequest<Native>;
  /** Public id of the session; undefined while it is being made. */
  readonly sessionId: string | undefined;
  /** The user, as the join hook named it. */
  readonly principal: string | undefined;
  /** The session, with the `data` that the join hook gave it; undefined while it is being made. */
  readonly session: Session | undefined;
}

/** What a subscribe hook receives. The hook runs once for each part of a comma list; `pattern` is that part. */
export interface SubscribeContext<Native = unknown> extends HookContext<Native> {
  readonly pattern: string;
}

/** What a publish hook receives. */
export interface PublishContext<Native = unknown> extends HookContext<Native> {
  readonly subject: string;
  readonly data: JsonValue;
  /** Id of the addressed session; undefined for a publish to all subscribers. */
  readonly to: string | undefined;
}

/** A hook, or a constant yes or no. */
export type Hook<C, V = Verdict> = boolean | ((context: C) => V | Promise<V>);

/** The authorization hooks. A hook that throws or times out counts as a refusal. */
export interface Authorize<Native = unknown> {
  /** @defaultValue true */
  readonly join?: Hook<HookContext<Native>, JoinVerdict>;
  /** @defaultValue true */
  readonly subscribe?: Hook<SubscribeContext<Native>>;
  /** @defaultValue false: clients do not publish */
  readonly publish?: Hook<PublishContext<Native>>;
}

/** What {@link ask} needs besides the hook. */
export interface Asking {
  readonly what: string;
  readonly hookTimeoutMs: number;
  later(task: () => void, delayMs: number): () => void;
  onError(error: unknown, where: string): void;
}

/** A hook, and the pattern or subject that it was asked about; undefined where it was about joining. */
export interface AskedOf {
  readonly hook: HookName;
  readonly about: string | undefined;
}

const maxReasonLength = 256;

/** Which hook has refused. @returns undefined where no hook has. */
export function refuserOf(error: CometError): AskedOf | undefined {
  return error instanceof Refusal ? error.by : undefined;
}

/** Notes which hook has refused, if one has. */
export function noteRefuser(error: unknown, by: AskedOf): void {
  if (error instanceof Refusal) error.by = by;
}

/**
 * Calls a hook and checks its verdict. Returns synchronously when the hook does.
 *
 * @returns whom a join hook lets in, if it said more than yes; otherwise undefined.
 * @throws {CometError} `not-authorized` — the hook refused, threw, timed out, or returned an unexpected value.
 */
export function ask<C>(
  hook: Hook<C, JoinVerdict>,
  context: C,
  how: Asking,
): Promise<Admission | undefined> | Admission | undefined {
  if (typeof hook === 'boolean') return judge(hook, how);
  try {
    const verdict = hook(context);
    if (!isPromise(verdict)) return judge(verdict, how);
    return inTime(verdict, how)
      .then((said) => judge(said, how))
      .catch((error) => Promise.reject(refused(error, how)));
  } catch (error) {
    throw refused(error, how);
  }
}

// What the hook threw, or what reading its result threw.
function refused(error: unknown, how: Asking): CometError {
  return error instanceof Refusal ? error : failed(error, how);
}

/** Returns whether a value must be awaited. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function judge(verdict: JoinVerdict, how: Asking): Admission | undefined {
  if (verdict === true) return undefined;
  if (verdict === false || verdict === undefined || verdict === null)
    throw refusal(`${how.what} is not authorized`);
  if (typeof verdict === 'string' && how.what === 'joining' && verdict !== '') return { principal: verdict };
  if (typeof verdict === 'object' && 'refuse' in verdict && typeof verdict.refuse === 'string')
    throw refusal(verdict.refuse);
  const fault = how.what === 'joining' ? faultOf(verdict) : '';
  if (fault === undefined) return verdict as Admission;
  const returned = `the hook returned ${kindOf(verdict)}${fault}`;
  throw failed(new TypeError(`${returned}, expected ${expectedOf(how.what)}`), how);
}

const admissionRules: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['principal', (value: unknown) => typeof value === 'string' && value !== ''],
  ['data', () => true],
  ['expires', (value: unknown) => value === undefined || Number.isFinite(timeOf(value))],
]);

// What keeps a verdict from being an admission. A misspelt name must not let anybody in for ever who should have been let in for an
// hour, and a user who was not found is nobody.
function faultOf(verdict: unknown): string | undefined {
  if (typeof verdict !== 'object' || verdict === null || Array.isArray(verdict)) return '';
  const entries = Object.entries(verdict);
  if (entries.length === 0) return '';
  if (entries.some(([name]) => !admissionRules.has(name))) return ' with an unknown member';
  const wrong = entries.find(([name, value]) => !admissionRules.get(name)?.(value));
  return wrong && ` whose member ${wrong[0]} is wrong`;
}

function timeOf(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

function kindOf(value: unknown): string {
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  return `${typeof value === 'object' ? 'an object' : `a ${typeof value}`}`;
}

function expectedOf(what: string): string {
  return `true, false${what === 'joining' ? ', the name of a user, { principal, data, expires }' : ''} or { refuse: 'why' }`;
}

/** A hook timed out. A class of its own, so that logs tell it from a hook that throws. */
class HookTimeout extends Error {
  override readonly name: string = 'HookTimeout';
}

/** A refusal by a hook, as opposed to an error that a hook throws. */
class Refusal extends CometError<'not-authorized'> {
  /** What was asked of the hook, and about which pattern or subject. */
  by: AskedOf | undefined = undefined;
}

function refusal(reason: string): CometError {
  // Not in the middle of a character.
  const shown = reason.slice(0, maxReasonLength).replace(/[\ud800-\udbff]$/, '');
  return new Refusal('not-authorized', shown, { reason: shown });
}

function failed(error: unknown, how: Asking): CometError {
  how.onError(error, `authorize hook for ${how.what}`);
  return refusal(`${how.what} is not authorized`);
}

/** Waits for what the application was asked, `hookTimeoutMs` at most. */
export function inTime<T>(work: Promise<T>, how: Pick<Asking, 'hookTimeoutMs' | 'later'>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new HookTimeout(`no answer within ${how.hookTimeoutMs} ms`));
    const cancel = how.later(late, how.hookTimeoutMs);
    // Not all that can be awaited is a promise.
    Promise.resolve(work).then(resolve, reject).finally(cancel);
  });
}
