import type { HttpRequest } from './http.ts';

// Longer texts are no addresses, whatever a proxy says.
const longest = 64;
const dotted = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const mapped = [0, 0, 0, 0, 0, 0xffff];

/**
 * One spelling for each network address: without port, brackets and zone, in lower case, and an IPv4 address that is
 * written as one of IPv6 as itself. So `[::FFFF:7f00:1]:80` and `127.0.0.1:9` are both `127.0.0.1`.
 *
 * @param given - what a socket, a proxy or a program named.
 * @returns the address; a text that is none in lower case, cut off after 64 characters; empty for anything but a text.
 */
export function normalAddress(given: unknown): string {
  if (typeof given !== 'string') return '';
  const text = withoutPort(
    given
      .slice(0, 2 * longest)
      .trim()
      .toLowerCase(),
  );
  const [bare = ''] = text.split('%', 1);
  if (dotted.test(bare)) return bare;
  const groups = groupsOf(bare);
  if (groups === undefined) return bare.slice(0, longest);
  if (mapped.every((group, at) => groups[at] === group)) return v4Of(groups[6] ?? 0, groups[7] ?? 0);
  return groups
    .map((group) => group.toString(16))
    .join(':')
    .replace(/(?:^|:)0(?::0)+(?:$|:)/, '::');
}

/**
 * Names those who count as one: an address of IPv4, or the /64 of one of IPv6, which is what one customer is given.
 *
 * @returns undefined for loopback, and where no address is known.
 */
export function rateLimitKey(address: string): string | undefined {
  const name = normalAddress(address);
  if (name === '' || isLoopback(name)) return undefined;
  const groups = groupsOf(name);
  return groups === undefined
    ? name
    : groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(':');
}

/** Returns whether an address, in its normal spelling, is of this machine. */
function isLoopback(address: string): boolean {
  return address === '::1' || (address.startsWith('127.') && dotted.test(address));
}

/** Returns whether an address, in its normal spelling, is of this machine or of a private network. */
export function isPrivate(address: string): boolean {
  if (!dotted.test(address)) return address === '::1' || /^(?:f[cd]|fe[89ab])[0-9a-f]{0,2}:/.test(address);
  const [first = 0, second = 0] = address.split('.').map(Number);
  if (first === 10 || first === 127) return true;
  if (first === 172) return second >= 16 && second < 32;
  if (first === 100) return second >= 64 && second < 128;
  return (first === 192 && second === 168) || (first === 169 && second === 254);
}

/**
 * Returns whether the address of a request is that of a proxy whose word about the client is not believed: then it is the
 * same for all clients, and says nothing about any of them.
 *
 * It is a proxy's when it is of this machine or a private network, and the request names others that it was forwarded for.
 */
export function hidesClient(request: Pick<HttpRequest, 'address' | 'header'>): boolean {
  const named = forwardedFor(request);
  if (named.length === 0) return false;
  const address = normalAddress(request.address);
  if (!isPrivate(address)) return false;
  // A client of the same network, named by a trusted proxy: every address behind it in the list is a proxy too.
  const at = named.lastIndexOf(address);
  const known = isLoopback(address) ? named.every(isLoopback) : at >= 0 && named.slice(at).every(isPrivate);
  return !known;
}

// Whom proxies say that a request is from, the first client first.
function forwardedFor(request: Pick<HttpRequest, 'header'>): string[] {
  const given = request.header('x-forwarded-for') ?? request.header('x-real-ip');
  const forwarded = request.header('forwarded');
  // As for most who join.
  if (given === undefined && forwarded === undefined) return [];
  const list = given ?? '';
  const standard = forwarded?.matchAll(/for="?([^",;\s]{1,64})/gi) ?? [];
  const named = [...list.slice(0, 4096).split(','), ...[...standard].map(([, text]) => text)];
  return named.map(normalAddress).filter((text) => text !== '');
}

// `1.2.3.4:80` and `[::1]:80`; a single colon cannot be IPv6.
function withoutPort(text: string): string {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  if (bracket > 0) return text.slice(1, bracket);
  const colon = text.indexOf(':');
  return colon > 0 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text;
}

/** The eight groups of an IPv6 address; undefined for any other text. */
function groupsOf(text: string): number[] | undefined {
  if (!text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [first, rest] = [numbersOf(halves[0] ?? ''), numbersOf(halves[1] ?? '')];
  if (first === undefined || rest === undefined) return undefined;
  const missing = 8 - first.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...first, ...new Array<number>(missing).fill(0), ...rest];
}

function numbersOf(half: string): number[] | undefined {
  if (half === '') return [];
  const numbers: number[] = [];
  for (const part of half.split(':')) {
    if (dotted.test(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      numbers.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/.test(part)) numbers.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return numbers;
}

function v4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
