import type { HttpRequest } from '@cometkit/handler';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

/** What a server knows of a request beside the request itself. */
export interface RequestInfo {
  /** The client's network address, as far as it can be trusted; absent if the platform does not provide it. */
  readonly address?: string | undefined;
  /** The host that the client asked for, where a trusted proxy tells another. @defaultValue the header `host`, or that of the URL */
  readonly host?: string | undefined;
}

/** Where things stand in an absolute URL: `scheme://host` + path + query. */
interface UrlParts {
  readonly path: string;
  readonly query: string;
  readonly host: string;
}

/** Makes the handler's request of a fetch request. */
export function toHttpRequest(request: Request, info: RequestInfo, exchange: Exchange): HttpRequest<Request> {
  const { url, method, headers } = request;
  const parts = splitUrl(url);
  return {
    path: parts.path,
    query: parts.query,
    method,
    header: (name) => headers.get(name) ?? undefined,
    readBody: async (limitBytes) => {
      const body = await readBody(request, limitBytes);
      if (request.body !== null) exchange.bodyEnded();
      return body;
    },
    address: info.address ?? '',
    host: info.host ?? headers.get('host') ?? parts.host,
    secure: url.startsWith('https:'),
    native: request,
    connection: undefined,
    watch: (watcher) => exchange.onClose((complete) => watcher.closed(complete)),
  };
}

// The platform has parsed the URL already; to parse it again would cost more than the whole rest of the conversion.
function splitUrl(url: string): UrlParts {
  const authority = url.indexOf('//') + 2;
  const hash = url.indexOf('#');
  const text = hash < 0 ? url : url.slice(0, hash);
  const mark = text.indexOf('?');
  const head = mark < 0 ? text : text.slice(0, mark);
  const slash = head.indexOf('/', authority);
  return {
    path: slash < 0 ? '/' : head.slice(slash),
    query: mark < 0 ? '' : text.slice(mark + 1),
    host: head.slice(authority, slash < 0 ? head.length : slash),
  };
}
