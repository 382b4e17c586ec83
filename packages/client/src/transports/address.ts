import type { WireFields } from '../machine/wire.ts';
import type { Endpoint } from './transport.ts';

/** The address of a request by GET. Shape: the key is left out where the browser's cookie proves who asks. */
export function addressOf({ url }: Endpoint, fields: WireFields, format: string): string {
  const base = globalThis.document?.baseURI;
  const { p_key: _, ...shown } = fields;
  const own = base !== undefined && new URL(url, base).origin === new URL(base).origin;
  const query = new URLSearchParams({ p_format: format });
  for (const [name, value] of Object.entries(own ? shown : fields)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}
