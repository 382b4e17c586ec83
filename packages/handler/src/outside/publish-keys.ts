import { CometError } from '@cometkit/core';

interface Published {
  /** Tells another request under the same key. */
  readonly print: string;
  readonly at: number;
  readonly answer: Promise<string>;
}

const keepMs = 120_000;
const keepCount = 10_000;
const longest = 256;

/** Remembers for two minutes what was published under which idempotency key: the last 10,000 of them. */
export class PublishKeys {
  readonly #known = new Map<string, Published>();
  readonly #now: () => number;

  /** @param now - the time in monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Publishes, or waits for what the same request has published before. What failed may be tried again under its key.
   *
   * @param key - undefined publishes each time.
   * @param text - the events, as text.
   * @throws {CometError} `invalid-field` — the key is no key, or came with other events.
   */
  once(key: string | undefined, text: string, publish: () => Promise<string>): Promise<string> {
    if (key === undefined) return publish();
    if (key === '' || key.length > longest) throw wrongKey(`is not 1 to ${longest} characters`);
    this.#forget();
    const print = fingerprint(text);
    const known = this.#known.get(key);
    if (known !== undefined && known.print !== print) throw wrongKey('came with other events before');
    if (known !== undefined) return known.answer;
    const answer = publish();
    this.#known.set(key, { print, at: this.#now(), answer });
    answer.catch(() => this.#known.delete(key));
    return answer;
  }

  #forget(): void {
    const now = this.#now();
    for (const [key, { at }] of this.#known) {
      if (this.#known.size < keepCount && now - at < keepMs) return;
      this.#known.delete(key);
    }
  }
}

function wrongKey(what: string): CometError {
  const reason = `the idempotency key ${what}`;
  return new CometError('invalid-field', reason, { field: 'idempotency-key', reason });
}

// A slip of the caller is to be noticed, no forgery: whoever has the key may publish anyway.
function fingerprint(text: string): string {
  let [one, two] = [0, 0];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    one = (Math.imul(one, 31) + unit) | 0;
    two = (Math.imul(two, 131) + unit) | 0;
  }
  return `${text.length} ${one} ${two}`;
}
