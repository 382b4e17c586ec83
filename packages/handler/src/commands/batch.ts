import { CometError } from '@cometkit/core';
import { acknowledge } from '../acknowledge.ts';
import { isPromise } from '../authorize.ts';
import { after, type SessionCall } from '../call.ts';
import { addressOf, parseCommand } from '../command.ts';
import type { RequestInput } from '../dialects/dialect.ts';
import { dialectOf } from '../dialects/index.ts';
import { errorOf, refusedText } from '../error-response.ts';
import { answerHeaders } from '../headers.ts';
import type { HttpResponse } from '../http.ts';
import { refusals } from '../refusals.ts';
import { type RawRequest, textOf } from '../request-fields.ts';
import { type Verb, verbOf } from '../wire-names.ts';
import { publish } from './publish.ts';
import { repeatAnswer, wasAccepted } from './repeat-answer.ts';
import { request } from './request.ts';
import { subscribe } from './subscribe.ts';
import { unsubscribe } from './unsubscribe.ts';

// How long one batch waits for hooks, in milliseconds, because they may be slow. The client asks again for what has not
// started by then.
const budgetMs = 1000;
// Once the answers are this long, in UTF-16 code units, the client asks again for the rest: replies with history can
// be large.
const budgetChars = 1_048_576;

/**
 * `batch`: runs several commands in one request, one after the other. Each has its own answer, in order; a refusal affects only its own
 * command, unless it says that the command may be sent again: then nothing behind it is begun, so that messages keep their order.
 *
 * @remarks
 * Over a connection of messages the answers come together in one message, so that every command of the connection has one answer.
 *
 * @returns the answers of all commands, or of the first ones: hooks were slow, histories large, the server busy, or the session has ended.
 *   What has no answer was not begun.
 * @throws {CometError} `invalid-field` — the format cannot carry several answers.
 * @throws {CometError} `unknown-session`, `hub-closed` — nothing was begun.
 */
export function batch(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  const { format, command, cors, carrier, handler } = call;
  if (format.name !== 'ndjson' || carrier?.medium === 'udp')
    throw new CometError('invalid-field', 'a batch is answered in ndjson only', {
      field: 'format',
      reason: 'not ndjson',
    });
  const headers = answerHeaders(format.contentType, cors);
  return after(new Batch(call, command.batch).run(), (lines) => {
    const body = carrier === undefined ? lines : inOneMessage(lines, handler.time);
    return { status: 200, headers, body };
  });
}

// JSON text has no line breaks of its own.
function inOneMessage(lines: string, time: number): string {
  return `{"type":"batch-ack","time":${time},"answers":[${lines.trimEnd().replaceAll('\n', ',')}]}\n`;
}

/** The commands of one batch on their way, and the answers so far. */
class Batch {
  readonly #call: SessionCall;
  readonly #commands: readonly RawRequest[];
  #next = 0;
  #answers = '';
  #waitedMs = 0;
  #over = false;

  constructor(call: SessionCall, commands: readonly RawRequest[]) {
    this.#call = call;
    this.#commands = commands;
  }

  /** Carries out what is left. What is ready is not awaited: others, who wait, would go on in between. */
  run(): string | Promise<string> {
    const { turns } = this.#call.handler;
    while (this.#isMore()) {
      // Pasts may be long: other connections have their turns in between.
      const pause = turns.pause();
      const carried = pause === undefined ? this.#carryOut() : pause.then(() => this.#carryOut());
      if (carried !== undefined) return carried.then(() => this.run());
    }
    return this.#answers;
  }

  #isMore(): boolean {
    if (this.#over || this.#next === this.#commands.length) return false;
    return this.#answers === '' || (this.#answers.length <= budgetChars && this.#waitedMs <= budgetMs);
  }

  #carryOut(): undefined | Promise<void> {
    const raw = this.#commands[this.#next] as RawRequest;
    this.#next += 1;
    try {
      const said = carriedOut(this.#call, raw);
      if (isPromise(said)) return this.#wait(said);
      this.#add(said);
    } catch (thrown) {
      this.#refused(thrown);
    }
    return undefined;
  }

  async #wait(said: Promise<HttpResponse>): Promise<void> {
    const { runtime } = this.#call.handler.settings;
    const from = runtime.now();
    try {
      this.#add(await said);
    } catch (thrown) {
      this.#refused(thrown);
    }
    this.#waitedMs += runtime.now() - from;
  }

  #add(answer: HttpResponse): void {
    if ('body' in answer && typeof answer.body === 'string') this.#answers += answer.body;
  }

  #refused(thrown: unknown): void {
    const call = this.#call;
    const { code } = CometError.from(thrown);
    const lost = code === 'unknown-session' && !this.#wasRefused();
    this.#over = lost || refusals[code].status >= 500;
    // Nothing of it was begun: without an answer it is asked for again.
    if (this.#answers !== '' && (lost || notBegun.has(code))) return;
    if (lost || code === 'hub-closed') throw thrown;
    const asked = { ...call, verb: call.command.verb, addressed: true };
    this.#answers += refusedText(asked, call.format, errorOf(asked, thrown));
  }

  // In a batch that comes again after the session has ended: what stands behind it was accepted, which it would not be behind one that had
  // no answer.
  #wasRefused(): boolean {
    const { handler, session } = this.#call;
    if (handler.endedPublishers.find(session.id) !== session) return false;
    return this.#commands
      .slice(this.#next)
      .some(({ fields }) => wasAccepted(handler, session, namesOf(Object.fromEntries(fields))));
  }
}

const notBegun: ReadonlySet<string> = new Set(['hub-closed', 'too-busy']);

const commands = { subscribe, unsubscribe, publish, request };

function carriedOut(call: SessionCall, raw: RawRequest): HttpResponse | Promise<HttpResponse> {
  const dialect = dialectOf(raw);
  const input = dialect.read(raw, call.request);
  const { verb } = addressOf(input, call.command.format);
  if (verb === undefined || !isBatched(verb))
    throw new CometError(
      'unknown-command',
      `a batch has ${Object.keys(commands).join(', ')} and nothing else`,
      {},
    );
  refuseOwn(input);
  const { id, key, format } = call.command;
  const entry = { ...call, command: parseCommand(input, { dialect, verb, id, key, format }) };
  // It may have ended while a hook ran.
  if (call.session.closed) return repeatAnswer(entry);
  acknowledge(entry);
  return commands[verb](entry);
}

type Named = Parameters<typeof wasAccepted>[2];

/** The commands whose message ids tell whether a request came before: of a batch all of them. */
export function named(verb: Verb | undefined, input: RequestInput): readonly Named[] {
  if (verb !== 'batch') return [{ verb, messageId: textOf(input, 'messageId') }];
  const given = input.fields.get('commands');
  return Array.isArray(given) ? given.map(namesOf) : [];
}

function namesOf(command: unknown): Named {
  const { type, messageId } = Object(command) as Record<string, unknown>;
  return {
    verb: typeof type === 'string' ? verbOf(type) : undefined,
    messageId: typeof messageId === 'string' ? messageId : undefined,
  };
}

function isBatched(verb: string): verb is keyof typeof commands {
  return Object.hasOwn(commands, verb);
}

// The batch says these for all its commands.
function refuseOwn({ fields, dialect }: RequestInput): void {
  const name = ['session', 'key', 'format'].find((name) => fields.has(name));
  if (name === undefined) return;
  const [field, reason] = [dialect.nameOf(name), 'not allowed inside a batch'];
  throw new CometError('invalid-field', `${field} is ${reason}`, { field, reason });
}
