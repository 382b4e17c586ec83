import type { HttpRequest } from './http.ts';
import type { Warning } from './warnings.ts';

/** What an origin or a host can look like; anything else is not echoed. */
export const originShape: RegExp = /^(?:null|[a-z][a-z\d+.-]{0,31}:\/\/[\w.:[\]~-]{0,255})$/;
export const hostShape: RegExp = /^[\w.:[\]-]{1,261}$/;
const word = /^[a-z-]{1,32}$/;

/**
 * Where a refused request says that it comes from. A field is undefined if the request has none, or if it does not look
 * like a name.
 */
export interface RefusedPage {
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /** What the browser says: `cross-site`, `same-site`. */
  readonly site: string | undefined;
  /** How the page loads it: `image`, `script`. */
  readonly destination: string | undefined;
}

/**
 * Returns the host that a request is for, in lower case.
 *
 * @returns an empty text if there is none.
 */
export function hostOf(request: Pick<HttpRequest, 'header' | 'host'>): string {
  return (request.host ?? request.header('host') ?? '').toLowerCase();
}

/** Reads who was refused, for the operator. */
export function refusedPage(request: Pick<HttpRequest, 'header' | 'host'>): RefusedPage {
  return {
    origin: named(request.header('origin')?.toLowerCase(), originShape),
    host: named(hostOf(request), hostShape),
    site: named(request.header('sec-fetch-site'), word),
    destination: named(request.header('sec-fetch-dest'), word),
  };
}

/**
 * Makes the warning for the operator about a page that may not call. It says more than the response, which must not
 * reveal the host names that are served.
 *
 * @param reason - the reason in the response.
 * @param hosts - the host names that are served; undefined for any.
 */
export function pageWarning(
  reason: string,
  page: RefusedPage,
  hosts: ReadonlySet<string> | undefined,
): Warning {
  const kind = 'a page that may not call';
  const about = [page.origin, page.host, page.destination].join(' ');
  const served = hosts === undefined ? {} : { hosts: [...hosts] };
  const details = { code: 'forbidden-origin', ...page, ...served };
  return { kind, about, message: `${kind}: ${reason}${asked(page, reason)}`, details };
}

// Does not repeat what the reason already says.
function asked({ origin, host, destination }: RefusedPage, reason: string): string {
  const parts = Object.entries({ origin, host, 'loaded as': destination });
  const said = parts
    .filter(([, name]) => name !== undefined && !reason.includes(`"${name}"`))
    .map(([what, name]) => `${what} "${name}"`);
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

function named(text: string | undefined, shape: RegExp): string | undefined {
  return text !== undefined && shape.test(text) ? text : undefined;
}
