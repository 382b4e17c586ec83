import { CometError, type Session } from '@cometkit/core';
import { type BodyRules, readFields } from '../body.ts';
import type { RequestInput } from '../dialects/dialect.ts';
import { dialectOf } from '../dialects/index.ts';
import type { HttpRequest } from '../http.ts';
import { textOf } from '../request-fields.ts';

/** What differs between the messages of two media. */
export interface MessageRules extends BodyRules {
  readonly syntax: 'json' | 'xml';
}

/**
 * Reads a message: one command, as an object or an element.
 *
 * @remarks
 * A message without `session` and `key` belongs to the session of its connection. `format` has no effect, because the
 * medium has one format.
 *
 * @throws {CometError} `malformed-request`, `invalid-field` or `body-too-large` — the message is not valid.
 * @throws {CometError} `unknown-mode` — the mode needs answers that end.
 */
export function readMessage(
  text: string,
  session: Session | undefined,
  rules: MessageRules,
  head: HttpRequest,
): RequestInput {
  if (!text.trimStart().startsWith(rules.syntax === 'xml' ? '<' : '{'))
    throw new CometError('malformed-request', `the message is not ${wanted[rules.syntax]}`, {
      reason: 'message',
    });
  const raw = readFields({ kind: 'text', text }, contentTypes[rules.syntax], rules);
  const dialect = dialectOf(raw);
  dialect.checkSyntax(rules.syntax);
  const input = dialect.read(raw, head);
  const fields = new Map(input.fields);
  fields.delete('format');
  refusePolling(input);
  const id = textOf(input, 'session');
  if (session !== undefined && (id === undefined || id === session.id) && !fields.has('key')) {
    fields.set('session', session.id);
    fields.set('key', session.secret);
  }
  return { ...input, fields };
}

const wanted = { json: 'a JSON object', xml: 'an element' } as const;
const contentTypes = { json: 'application/json', xml: 'text/xml' } as const;

function refusePolling(input: RequestInput): void {
  const mode = textOf(input, 'mode');
  if (textOf(input, 'type') === 'refresh' || mode === 'long-poll' || mode === 'poll')
    throw new CometError('unknown-mode', 'a connection has no mode but stream', {});
}
