import { isPromise } from './authorize.ts';

/**
 * An origin that may call: a text as browsers write it (`https://app.example`, `capacitor://localhost`), all names
 * below a host (`https://*.preview.example`), a pattern that the whole origin must match, or a function that returns
 * true for it.
 */
export type AllowedOrigin = string | RegExp | ((origin: string) => boolean);

type Report = (error: unknown, where: string) => void;

const longest = 300;
const below = '://*.';
// The URL standard gives no origin to the schemes of app shells and extensions, so their text is compared.
const shell = /^[a-z][a-z\d+.-]*:\/\/[\w.:[\]~-]*$/i;
const web = /^(?:https?|wss?|ftp):/i;

/** Returns whether a text can be an origin of a list. */
export function isOrigin(text: string): boolean {
  if (text === '*' || text === 'null' || text.toLowerCase() === 'file://') return true;
  const [scheme, rest] = text.split(below, 2);
  // Anybody can own a name below `example`, or below a public suffix of one part.
  if (rest !== undefined)
    return (/\w\.\w/.test(rest) || /^localhost(?:$|:)/.test(rest)) && isPlain(`${scheme}://${rest}`);
  return isPlain(text);
}

function isPlain(text: string): boolean {
  if (text.includes('*') || text.endsWith('://') || !shell.test(text)) return false;
  return !web.test(text) || (URL.canParse(text) && new URL(text).origin === text.toLowerCase());
}

/** The origins that may call from other sites. */
export class OriginList {
  /** True when any origin may call, without cookies. */
  readonly any: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly RegExp[];
  readonly #functions: readonly ((origin: string) => unknown)[];
  readonly #report: Report;

  /** @param report - called when a function of the list throws; its origin is refused. */
  constructor(allowed: readonly AllowedOrigin[], report: Report) {
    const texts = allowed.filter((one) => typeof one === 'string').map((text) => text.toLowerCase());
    this.any = texts.includes('*');
    this.#exact = new Set(texts.filter((text) => !text.includes('*')));
    const patterns = allowed.filter((one) => one instanceof RegExp);
    this.#patterns = [
      ...texts.filter((text) => text.includes(below)).map(namesBelow),
      ...patterns.map(whole),
    ];
    this.#functions = allowed.filter((one) => typeof one === 'function');
    this.#report = report;
  }

  /** Returns whether an origin, in lower case, is listed by itself rather than allowed by `*`. */
  has(origin: string): boolean {
    if (this.#exact.has(origin)) return true;
    if (origin === 'null' || origin.length > longest) return false;
    return (
      this.#patterns.some((pattern) => pattern.test(origin)) ||
      this.#functions.some((allows) => this.#ask(allows, origin))
    );
  }

  #ask(allows: (origin: string) => unknown, origin: string): boolean {
    try {
      const said = allows(origin);
      if (isPromise(said)) {
        said.then(undefined, () => undefined);
        throw new TypeError('a function of `origins` returned a promise, expected true or false');
      }
      return said === true;
    } catch (error) {
      this.#report(error, 'the option origins');
      return false;
    }
  }
}

function namesBelow(text: string): RegExp {
  const [scheme = '', host = ''] = text.split(below, 2).map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${scheme}://(?:[a-z\\d_-]+\\.)+${host}$`);
}

// An unanchored pattern would allow `https://app.example.evil`.
function whole({ source, flags }: RegExp): RegExp {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gym]/g, ''));
}
