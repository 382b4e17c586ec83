/** What a datagram says beside its command. */
export interface DatagramRequest {
  readonly text: string;
  /** What proves the address; undefined for none. */
  readonly token: string | undefined;
  /** The client's number of it; 0 for none. */
  readonly number: number;
}

const openBrace = 0x7b;

/**
 * Reads a datagram.
 *
 * @returns undefined for what is not one JSON object.
 */
export function readDatagram(bytes: Buffer): DatagramRequest | undefined {
  if (bytes[0] !== openBrace) return undefined;
  const text = bytes.toString('utf8');
  const object = parse(text);
  if (object === undefined) return undefined;
  const { token, requestId: number } = object;
  return {
    text,
    token: typeof token === 'string' ? token : undefined,
    number: typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : 0,
  };
}

function parse(text: string): { readonly token?: unknown; readonly requestId?: unknown } | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined; // not from one of us, and not worth a word
  }
}
