import { classicFields, classicFormats, type FormatName } from '@cometkit/codec';
import type { SendOptions } from './http-client.ts';

/** The fields of a command, under their modern names. */
export type Fields = Readonly<Record<string, string>>;

/** A command as it is sent: what follows the URL of the endpoint, and the rest of the request. */
export interface CommandRequest extends SendOptions {
  readonly query: string;
}

const byGet: ReadonlySet<string> = new Set(['join', 'join-listen', 'listen', 'refresh']);

/**
 * Makes the request of a command.
 *
 * @param format - decides the dialect: for a classic one the fields get the names of the original protocol.
 */
export function asRequest(fields: Fields, format: string = fields['format'] ?? 'ndjson'): CommandRequest {
  if (classicFormats.has(format as FormatName))
    return { query: `?${new URLSearchParams(classicFields(fields))}` };
  if (byGet.has(fields['type'] ?? '')) return { query: `?${new URLSearchParams(fields)}` };
  return { query: '', body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } };
}
