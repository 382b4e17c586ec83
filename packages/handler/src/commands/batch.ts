import { CometError } from '@cometkit/core';
import { acknowledge } from '../acknowledge.ts';
import { isPromise } from '../authorize.ts';
import type { SessionCall } from '../call.ts';
import { Moved } from '../cluster/moved.ts';
import { addressOf, parseCommand } from '../command.ts';
import type { RequestInput } from '../dialects/dialect.ts';
import { dialectOf } from '../dialects/index.ts';
import { errorOf, refusedText } from '../error-response.ts';
import { answerHeaders } from '../headers.ts';
import type { HttpResponse } from '../http.ts';
import type { RawRequest } from '../request-fields.ts';
import { subscribe } from './subscribe.ts';
import { unsubscribe } from './unsubscribe.ts';

// How long one batch waits for hooks, in milliseconds, because they may be slow. The client asks again for what has not
// started by then.
const budgetMs = 1000;
// Once the answers are this long, in UTF-16 code units, the client asks again for the rest: replies with history can
// be large.
const budgetChars = 1_048_576;

/**
 * `batch`: runs several `subscribe` and `unsubscribe` commands in one request, one after the other. Each has its own
 * answer, in order; a refusal affects only its own command.
 *
 * @returns the answers of all commands, or of the first ones if their hooks were slow or their history large.
 * @throws {CometError} `invalid-field` — the format cannot carry several answers.
 * @throws {CometError} `unknown-session` — the session ended meanwhile.
 */
export function batch(call: SessionCall): Promise<HttpResponse> {
  const { format, command, cors } = call;
  if (format.name !== 'ndjson' || call.carrier !== undefined)
    throw new CometError('invalid-field', 'a batch is answered in ndjson only', {
      field: 'format',
      reason: 'not ndjson',
    });
  const headers = answerHeaders(format.contentType, cors);
  return carryOut(call, command.batch).then((body) => ({ status: 200, headers, body }));
}

async function carryOut(call: SessionCall, raws: readonly RawRequest[]): Promise<string> {
  const { turns } = call.handler;
  const { runtime } = call.handler.settings;
  let waited = 0;
  let body = '';
  for (const raw of raws) {
    if (body.length > budgetChars || (body !== '' && waited > budgetMs)) break;
    // Pasts may be long: other connections have their turns in between.
    const pause = turns.pause();
    if (pause !== undefined) await pause;
    const said = one(call, raw);
    const from = runtime.now();
    // What is ready is not awaited: others, who wait, would go on in between.
    body += isPromise(said) ? await said : said;
    if (isPromise(said)) waited += runtime.now() - from;
  }
  return body;
}

// The batch says these for all its commands.
function refuseOwn({ fields, dialect }: RequestInput): void {
  const name = ['session', 'key', 'format'].find((name) => fields.has(name));
  if (name === undefined) return;
  const [field, reason] = [dialect.nameOf(name), 'not allowed inside a batch'];
  throw new CometError('invalid-field', `${field} is ${reason}`, { field, reason });
}

function one(call: SessionCall, raw: RawRequest): string | Promise<string> {
  const refused = (error: unknown) => refusal(call, error);
  try {
    const said = carriedOut(call, raw);
    return isPromise(said) ? said.then(bodyOf).catch(refused) : bodyOf(said);
  } catch (thrown) {
    return refused(thrown);
  }
}

function carriedOut(call: SessionCall, raw: RawRequest): HttpResponse | Promise<HttpResponse> {
  if (call.session.closed) throw new Moved();
  const dialect = dialectOf(raw);
  const input = dialect.read(raw, call.request);
  const { verb } = addressOf(input, call.command.format);
  if (verb !== 'subscribe' && verb !== 'unsubscribe')
    throw new CometError('unknown-command', 'a batch has subscribe and unsubscribe only', {});
  refuseOwn(input);
  const { id, key, format } = call.command;
  const command = parseCommand(input, { dialect, verb, id, key, format });
  const own = { ...call, command };
  acknowledge(own);
  return (verb === 'subscribe' ? subscribe : unsubscribe)(own);
}

function bodyOf(answer: HttpResponse): string {
  return 'body' in answer && typeof answer.body === 'string' ? answer.body : '';
}

function refusal(call: SessionCall, thrown: unknown): string {
  const asked = { ...call, verb: call.command.verb, addressed: true };
  const error = errorOf(asked, thrown);
  if (error.code === 'unknown-session') throw error;
  return refusedText(asked, call.format, error);
}
