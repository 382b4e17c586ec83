import { CometError, type JsonValue } from '@cometkit/core';
import type { Command } from './command.ts';
import type { HttpRequest } from './http.ts';

/** What a hook says: yes, no, or no for a reason that the client is told. */
export type Verdict = boolean | undefined | { readonly refuse: string };

/** What a join hook says: as {@link Verdict}, or yes, and this is the principal. */
export type JoinVerdict = Verdict | string;

/** What every hook is shown: the very command that will be executed, and the request it came with. */
export interface HookContext {
  readonly command: Command;
  readonly request: HttpRequest;
  /** Public id of the session; undefined while it is being made. */
  readonly sessionId: string | undefined;
  /** The user, as the join hook has said. */
  readonly principal: string | undefined;
}

/** What a subscribe hook is shown beside. Called once for each part of a comma list: `pattern` is that part. */
export interface SubscribeContext extends HookContext {
  readonly pattern: string;
}

/** What a publish hook is shown beside. */
export interface PublishContext extends HookContext {
  readonly subject: string;
  readonly data: JsonValue;
  /** Id of the addressed session; undefined for a publish to all subscribers. */
  readonly to: string | undefined;
}

/** A hook, or a standing yes or no. */
export type Hook<C, V = Verdict> = boolean | ((context: C) => V | Promise<V>);

/** Who may do what. A hook that throws or takes too long has refused. */
export interface Authorize {
  /** @defaultValue true */
  readonly join?: Hook<HookContext, JoinVerdict>;
  /** @defaultValue true */
  readonly subscribe?: Hook<SubscribeContext>;
  /** @defaultValue false: clients do not publish */
  readonly publish?: Hook<PublishContext>;
}

/** What asking needs beside the hook. */
export interface Asking {
  readonly what: string;
  readonly hookTimeoutMs: number;
  later(task: () => void, delayMs: number): () => void;
  onError(error: unknown, where: string): void;
}

const maxReasonLength = 256;

/**
 * Asks a hook. Answers at once when the hook does.
 *
 * Shape: the principal when a join hook named one, else undefined.
 * @throws CometError `not-authorized` — it refused, threw, took too long, or said what no hook may say.
 */
export function ask<C>(
  hook: Hook<C, JoinVerdict>,
  context: C,
  how: Asking,
): Promise<string | undefined> | string | undefined {
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

// What the hook threw, or what its answer threw when it was looked at.
function refused(error: unknown, how: Asking): CometError {
  return error instanceof Refusal ? error : failed(error, how);
}

/** True for anything that has to be awaited. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function judge(verdict: JoinVerdict, how: Asking): string | undefined {
  if (verdict === true) return undefined;
  if (verdict === false || verdict === undefined || verdict === null)
    throw refusal(`${how.what} is not authorized`);
  if (typeof verdict === 'string' && how.what === 'joining' && verdict !== '') return verdict;
  if (typeof verdict === 'object' && typeof verdict.refuse === 'string') throw refusal(verdict.refuse);
  throw failed(new TypeError(`the hook returned ${kindOf(verdict)}, expected ${expectedOf(how.what)}`), how);
}

function kindOf(value: unknown): string {
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  return `${typeof value === 'object' ? 'an object' : `a ${typeof value}`}`;
}

function expectedOf(what: string): string {
  return `true, false${what === 'joining' ? ', the name of a user' : ''} or { refuse: 'why' }`;
}

/** A hook that took too long: another kind of failure than one that throws. */
class HookTimeout extends Error {
  override readonly name: string = 'HookTimeout';
}

/** The refusal of a hook, told apart from an error that a hook throws. */
class Refusal extends CometError<'not-authorized'> {}

function refusal(reason: string): CometError {
  // Not in the middle of a character.
  const shown = reason.slice(0, maxReasonLength).replace(/[\ud800-\udbff]$/, '');
  return new Refusal('not-authorized', shown, { reason: shown });
}

function failed(error: unknown, how: Asking): CometError {
  how.onError(error, `authorize hook for ${how.what}`);
  return refusal(`${how.what} is not authorized`);
}

function inTime<T>(work: Promise<T>, how: Asking): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new HookTimeout(`no answer within ${how.hookTimeoutMs} ms`));
    const cancel = how.later(late, how.hookTimeoutMs);
    // Not all that can be awaited is a promise.
    Promise.resolve(work).then(resolve, reject).finally(cancel);
  });
}
