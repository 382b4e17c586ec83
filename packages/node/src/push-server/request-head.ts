import { RequestFields } from './request-fields.ts';

/** A request that came whole: where its parts are, and what of it matters to the connection. */
export interface RequestHead {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: string;
  /** The header lines as they came, each with its line end. */
  readonly lines: string;
  /** The names in them, folded into a few bits. See `fieldBit`. */
  readonly names: number;
  /** Where the body begins, and where the next request would. */
  readonly bodyStart: number;
  readonly end: number;
  /** True when the client says that it will send no other. */
  readonly last: boolean;
}

const slash = 0x2f;
const questionMark = 0x3f;
const version = Buffer.from(' HTTP/1.1\r\n', 'latin1');
const hash = 0x23;
const pathShape = /^\/(?:[!"$-.0->@-~][!"$->@-~]*)?$/;

/**
 * Reads requests for one path, and only those that nobody could read otherwise.
 *
 * Anything unusual, invalid or incomplete is left to Node's own parser, so that two parsers never disagree about where a
 * request ends.
 */
export class HeadReader {
  readonly #path: string;
  readonly #get: Buffer;
  readonly #post: Buffer;
  readonly #limitBytes: number;

  /** @throws TypeError — the path is not one that a request line can hold. */
  constructor(path: string, limitBytes: number) {
    if (!pathShape.test(path)) throw new TypeError(`path is "${path}", not a path such as "/push"`);
    this.#path = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    this.#get = Buffer.from(`GET ${this.#path}`, 'latin1');
    this.#post = Buffer.from(`POST ${this.#path}`, 'latin1');
    this.#limitBytes = limitBytes;
  }

  /**
   * Reads the request at the beginning of the bytes.
   *
   * @returns undefined unless the request is for our path, complete and unambiguous.
   */
  read(bytes: Buffer): RequestHead | undefined {
    const isGet = holds(bytes, 0, this.#get);
    if (!isGet && !holds(bytes, 0, this.#post)) return undefined;
    const start = isGet ? this.#get.length : this.#post.length;
    const pathEnd = bytes[start] === slash && this.#path !== '/' ? start + 1 : start;
    const queryEnd = bytes[pathEnd] === questionMark ? endOfTarget(bytes, pathEnd) : pathEnd;
    if (!holds(bytes, queryEnd, version)) return undefined;
    const linesStart = queryEnd + version.length;
    const fields = new RequestFields();
    const bodyStart = fields.read(bytes, linesStart, Math.min(bytes.length, this.#limitBytes));
    if (bodyStart < 0 || fields.hosts !== 1) return undefined;
    // A GET has no body, and a POST without a length may have one that is still on its way.
    if (isGet !== fields.length < 0) return undefined;
    const end = isGet ? bodyStart : bodyStart + fields.length;
    if (end > bytes.length) return undefined;
    return {
      method: isGet ? 'GET' : 'POST',
      path: pathEnd === start ? this.#path : `${this.#path}/`,
      query: bytes.toString('latin1', Math.min(pathEnd + 1, queryEnd), queryEnd),
      lines: bytes.toString('latin1', linesStart, bodyStart - 2),
      names: fields.names,
      bodyStart,
      end,
      last: fields.last,
    };
  }
}

// What Node takes in a request line. A fragment is left to it, and so is everything beyond ASCII, which it refuses.
function endOfTarget(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at] ?? 0; byte > 0x20 && byte < 0x7f && byte !== hash; byte = bytes[at] ?? 0) at += 1;
  return at;
}

function holds(bytes: Buffer, at: number, wanted: Buffer): boolean {
  if (bytes.length < at + wanted.length) return false;
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}
