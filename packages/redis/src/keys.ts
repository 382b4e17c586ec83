/** The names of all that a hub keeps in the engine. Those of the log share one slot. */
export class Keys {
  readonly meta: string;
  readonly log: string;
  readonly sweeping: string;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.meta = `{${prefix}}meta`;
    this.log = `{${prefix}}log`;
    this.sweeping = `{${prefix}}sweep`;
  }

  /** Lives as long as the node shows itself. */
  lease(node: string): string {
    return `{${this.#prefix}}node:${node}`;
  }

  /** Letters for a node. */
  box(node: string): string {
    return `{${this.#prefix}}in:${node}`;
  }

  /** Where an event with a key has its place. */
  memory(hash: string): string {
    return `{${this.#prefix}}d:${hash}`;
  }

  session(id: string): string {
    return `${this.#prefix}:s:{${id}}`;
  }

  nonce(hash: string): string {
    return `${this.#prefix}:j:{${hash}}`;
  }
}
