import type { WireFields } from '../machine/wire.ts';
import type { Endpoint } from './transport.ts';

/** Makes the address of a request by GET. The key is left out where the browser's cookie proves who asks, unless `show` says that it does not. */
export function addressOf({ url }: Endpoint, fields: WireFields, keyName = 'key'): string {
  const base = globalThis.document?.baseURI;
  const { key, show, ...shown } = fields;
  const own = base !== undefined && new URL(url, base).origin === new URL(base).origin;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(own && !show ? shown : { ...shown, [keyName]: key })) {
    if (value !== undefined) query.set(name, String(value));
  }
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

/**
 * Checks the address of a server.
 *
 * @param resolves - true when a `fetch` of the application's own may resolve relative addresses.
 * @throws {TypeError} no request can ever be sent there.
 */
export function checkAddress(url: string, resolves: boolean): string {
  const { document, location } = globalThis as { document?: Document; location?: { href: string } };
  const base = document?.baseURI ?? location?.href ?? (resolves ? 'http://base.invalid/' : undefined);
  const what = 'createClient: the url must be';
  let whole: URL;
  try {
    whole = new URL(url, base);
  } catch {
    throw new TypeError(`${what} an address of http: or https:, with its host where there is no page`);
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) && !/^https?:/i.test(url))
    throw new TypeError(`${what} of http: or https:`);
  // `fetch` refuses it at every attempt; some platforms have no such properties.
  if (/^(https?:)?\/\/[^/?#]*@/i.test(whole.href))
    throw new TypeError(`${what} without user name and password`);
  return url.replace(/#.*$/s, '');
}

/**
 * Checks headers of the application.
 *
 * @throws {TypeError} a name or a value cannot be sent.
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') throw new TypeError(`headers: the value of ${name} must be a string`);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value.trim()))
      throw new TypeError(`headers: the value of ${name} holds a character that no header can carry`);
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name))
      throw new TypeError('headers: a name holds a character that none may have');
  }
}
