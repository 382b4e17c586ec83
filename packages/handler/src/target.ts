/** A request target in its parts. */
export interface Target {
  readonly path: string;
  readonly query: string;
  /** The host that a whole URL names, in the place of the header. */
  readonly host: string | undefined;
}

// As clients ask proxies, and may ask anybody.
const absolute = /^https?:\/\/([^/?#]*)([^#]*)/i;
// A name or an address with its port, and nobody's password.
const authority = /^[\w.:[\]~!$&'()*+,;=%-]+$/;

/** Cuts a request target, a path or a whole URL, into its parts. @returns an empty path for anything else. */
export function splitUrl(target: string): Target {
  if (target.startsWith('/')) return { ...cut(target), host: undefined };
  const [, host = '', rest = ''] = absolute.exec(target) ?? [];
  if (!authority.test(host)) return { path: '', query: '', host: undefined };
  return { ...cut(rest.startsWith('/') ? rest : `/${rest}`), host };
}

function cut(target: string): { readonly path: string; readonly query: string } {
  const fragment = target.indexOf('#');
  const url = fragment < 0 ? target : target.slice(0, fragment);
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
