import { CometError, type Session } from '@cometkit/core';
import { type BodyRules, readFields } from '../body.ts';
import { type RequestInput, textOf } from '../request-fields.ts';

/** What sets the messages of one medium apart from those of another. */
export interface MessageRules extends BodyRules {
  readonly syntax: 'json' | 'xml';
}

/**
 * Reads a message: one command, as an object or an element.
 *
 * Shape: a message without `p_id` and `p_key` speaks for the session of its connection. `p_format` says nothing here, for
 * the medium has one format.
 *
 * @throws CometError `malformed-request`, `invalid-field`, `body-too-large`; `unknown-mode` for what only answers that
 *   end can do.
 */
export function readMessage(text: string, session: Session | undefined, rules: MessageRules): RequestInput {
  if (!text.trimStart().startsWith(rules.syntax === 'xml' ? '<' : '{'))
    throw new CometError('malformed-request', `the message is not ${wanted[rules.syntax]}`, {
      reason: 'message',
    });
  const input = readFields({ kind: 'text', text }, contentTypes[rules.syntax], rules);
  const fields = new Map(input.fields);
  fields.delete('p_format');
  refusePolling(fields);
  const id = textOf(fields, 'p_id');
  if (session !== undefined && (id === undefined || id === session.id) && !fields.has('p_key')) {
    fields.set('p_id', session.id);
    fields.set('p_key', session.secret);
  }
  return { fields, structured: input.structured };
}

const wanted = { json: 'a JSON object', xml: 'an element' } as const;
const contentTypes = { json: 'application/json', xml: 'text/xml' } as const;

function refusePolling(fields: RequestInput['fields']): void {
  const mode = textOf(fields, 'p_mode');
  if (textOf(fields, 'p_event') === 'refresh' || mode === 'pull' || mode === 'poll')
    throw new CometError('unknown-mode', 'a connection has no mode but stream', {});
}
