/** The parts of a request target. */
export interface Target {
  readonly path: string;
  readonly query: string;
  /** The host of an absolute URL, which replaces the header. */
  readonly host: string | undefined;
}

// An absolute URL, as clients send it to proxies, and may send it to any server.
const absolute = /^https?:\/\/([^/?#]*)([^#]*)/i;
// A name or an address with a port, without credentials.
const authority = /^[\w.:[\]~!$&'()*+,;=%-]+$/;

/**
 * Splits a request target, a path or an absolute URL, into its parts.
 *
 * @returns an empty path for anything else.
 */
export function splitUrl(target: string): Target {
  if (target.startsWith('/')) return cut(target, undefined);
  const [, host = '', rest = ''] = absolute.exec(target) ?? [];
  if (!authority.test(host)) return { path: '', query: '', host: undefined };
  return cut(rest.startsWith('/') ? rest : `/${rest}`, host);
}

function cut(target: string, host: string | undefined): Target {
  const fragment = target.indexOf('#');
  const url = fragment < 0 ? target : target.slice(0, fragment);
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: '', host };
  return { path: url.slice(0, mark), query: url.slice(mark + 1), host };
}
