import { InvalidArgumentError } from 'commander';

/**
 * Reads the URL of a server.
 *
 * @throws InvalidArgumentError — it is none, or one that cannot be asked.
 */
export function parseUrl(text: string): URL {
  const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : null);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('A URL such as http://localhost:3000/push is needed.');
  if (url.username || url.password)
    throw new InvalidArgumentError("Give the password as a header: --header 'authorization: Basic …'.");
  url.hash = '';
  return url;
}

/** Makes a reader of whole numbers. The error says the range. */
export function parseWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is needed.`);
  };
}

/**
 * Collects headers as they are given to curl.
 *
 * @throws InvalidArgumentError — it is no header; its value is not repeated, for it is often a secret.
 */
export function collectHeader(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*)$/.exec(text) ?? [];
  if (name === '' || !/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))
    throw new InvalidArgumentError("A header is written 'name: value', in one line of Latin letters.");
  return { ...earlier, [name.toLowerCase()]: value };
}
