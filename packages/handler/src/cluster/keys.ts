import { normalAddress } from '../address.ts';

const encoder = new TextEncoder();
// 128 bits, like the ids that the runtime draws.
const keptBytes = 16;

/**
 * What the nodes of a cluster derive from its secrets and what they keep instead of a secret, so that nothing in the engine opens a
 * session: texts of 22 characters of base64url.
 */
export class ClusterKeys {
  readonly #secrets: readonly [string, ...string[]];
  #imported: Promise<readonly CryptoKey[]> | undefined = undefined;

  /** @param secrets - the first one makes new keys; the others are still accepted. */
  constructor(secrets: readonly [string, ...string[]]) {
    this.#secrets = secrets;
  }

  /** The keys that a session may show: that of the newest secret, then those of older ones. */
  keysOf(id: string): Promise<readonly [string, ...string[]]> {
    return this.#macs('key', id);
  }

  /** What stands for the address of a client in a record: one for each secret, as for {@link keysOf}. */
  addressMarks(address: string): Promise<readonly [string, ...string[]]> {
    return this.#macs('address', normalAddress(address));
  }

  /** What shows that a node of this cluster has written its name: one for each secret, as for {@link keysOf}. */
  nodeMarks(node: string): Promise<readonly [string, ...string[]]> {
    return this.#macs('node', node);
  }

  /** What stands for the stream of a subject in a record: one for each secret, as for {@link keysOf}. No client can name it. */
  streamMarks(subject: string): Promise<readonly [string, ...string[]]> {
    return this.#macs('stream', subject);
  }

  /** The id of the subscription that a message makes, so that a repeated message names the same one on any node. */
  async subscriptionId(id: string, messageId: string): Promise<string> {
    return digest(`subscription\n${id}\n${messageId}`);
  }

  /** What stands for a request to the server: the same on all nodes. */
  async requestMark(id: string, messageId: string): Promise<string> {
    return digest(`request\n${id}\n${messageId}`);
  }

  /** What stands for the token of a cookie in a record. Tokens are random, so nobody finds one by its hash. */
  tokenMark(token: string): Promise<string> {
    return digest(`token\n${token}`);
  }

  /** What stands for the nonce of a join: that of another principal or another address is another one. */
  nonceMark(nonce: string, principal: string | undefined, address: string): Promise<string> {
    return digest(`nonce\n${JSON.stringify([nonce, principal ?? null, normalAddress(address)])}`);
  }

  async #macs(purpose: string, text: string): Promise<readonly [string, ...string[]]> {
    this.#imported ??= Promise.all(this.#secrets.map(imported));
    const keys = await this.#imported;
    const bytes = encoder.encode(`${purpose}\n${text}`);
    const [first, ...rest] = await Promise.all(keys.map((key) => crypto.subtle.sign('HMAC', key, bytes)));
    return [textOf(first as ArrayBuffer), ...rest.map(textOf)];
  }
}

function imported(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
}

async function digest(text: string): Promise<string> {
  return textOf(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
}

function textOf(bytes: ArrayBuffer): string {
  const kept = String.fromCharCode(...new Uint8Array(bytes, 0, keptBytes));
  return btoa(kept).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
