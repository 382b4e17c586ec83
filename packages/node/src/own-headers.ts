import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { HttpHeaders } from '@cometkit/handler';

// Lists that the app adds to as well; every other header of ours stands for itself.
const lists = [
  'vary',
  'access-control-expose-headers',
  'access-control-allow-headers',
  'access-control-allow-methods',
] as const;

/**
 * The headers to write for an answer, beside those that the app has set.
 *
 * Node lets a header that is written replace one of the same name that was set before. Cookies are sent beside the app's,
 * and lists are joined with what the app has put into them.
 */
export function ownHeaders(headers: HttpHeaders, response: ServerResponse): OutgoingHttpHeaders {
  const over: OutgoingHttpHeaders = {};
  const theirs = 'set-cookie' in headers ? response.getHeader('set-cookie') : undefined;
  if (theirs !== undefined)
    over['set-cookie'] = [theirs, headers['set-cookie'] ?? []].flat().map((cookie) => String(cookie));
  for (const name of lists) {
    const set = name in headers ? response.getHeader(name) : undefined;
    if (set !== undefined) over[name] = joined(String(set), String(headers[name]));
  }
  // Node keeps nothing of the object, so that those of all answers alike can be one. HTTP/2 has no connection header and
  // warns of one.
  const oldHttp = response.req.httpVersionMajor === 1;
  if (Object.keys(over).length === 0 && (oldHttp || !('connection' in headers)))
    return headers as OutgoingHttpHeaders;
  const { connection, ...sent } = headers;
  return {
    ...(sent as OutgoingHttpHeaders),
    ...(oldHttp && connection !== undefined && { connection: String(connection) }),
    ...over,
  };
}

/** Joins two lists of a header, each name once, whatever its case. */
function joined(theirs: string, ours: string): string {
  const names = new Map<string, string>();
  for (const name of `${theirs},${ours}`.split(',').map((item) => item.trim()))
    if (name !== '' && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  return names.has('*') ? '*' : [...names.values()].join(', ');
}
