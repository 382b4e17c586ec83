import type { Inbox } from '@cometkit/core/cluster';

/** What calls from node to node need of theirs. */
interface CallParts {
  readonly node: string;
  readonly inbox: Inbox;
  /** How often a letter is sent, 250 ms apart, before there is no word of the other node: not even that it is at work. */
  readonly maxTries: number;
  later(task: () => void, delayMs: number): () => void;
  /** Answers what another node asks. Long answers are asked for again with each repeat. @param bearer - the same for one letter and its repeats. */
  answer(asked: readonly unknown[], bearer: string): unknown;
}

// Whoever writes to the engine may have written anything.
const nodePattern = /^[\w-]{1,64}$/;
const againMs = 250;
// Nobody waits any longer for one that is at work: 30 s.
const maxLetters = 120;
// So many answers are kept for letters that come again, those of up to so many UTF-16 units: what has been done is not done twice.
const maxKept = 256;
const longestKept = 1024;

/** A question on its way. */
interface Waiting {
  said(answer: unknown): void;
  atWork(): void;
}

/** Asks other nodes of a cluster, and answers them. Letters may be lost: one is sent again until there is word of it. */
export class NodeCalls {
  readonly #parts: CallParts;
  readonly #waiting = new Map<number, Waiting>();
  /** Letters that are being answered. */
  readonly #answering = new Set<string>();
  /** Letters that say what others were answered last, the oldest first. */
  readonly #answered = new Map<string, string>();
  #last = 0;

  constructor(parts: CallParts) {
    this.#parts = parts;
    parts.inbox.receive((text) => this.#read(text));
  }

  /**
   * Asks a node.
   *
   * @param asked - what JSON carries.
   * @returns what it says; undefined when there is no word of it.
   */
  ask(node: string, ...asked: readonly unknown[]): Promise<unknown> {
    this.#last += 1;
    const number = this.#last;
    const letter = JSON.stringify(['ask', this.#parts.node, number, ...asked]);
    return new Promise((resolve) => this.#send(node, number, letter, resolve));
  }

  #send(node: string, number: number, letter: string, resolve: (said: unknown) => void): void {
    const { inbox, later, maxTries } = this.#parts;
    let [letters, tries, cancel] = [0, 0, (): void => undefined];
    const done = (said: unknown): void => {
      cancel();
      this.#waiting.delete(number);
      resolve(said);
    };
    const send = (): void => {
      tries += 1;
      letters += 1;
      const last = tries >= maxTries || letters >= maxLetters;
      cancel = later(last ? () => done(undefined) : send, againMs);
      inbox.send(node, letter);
    };
    const atWork = (): void => {
      tries = 0;
    };
    this.#waiting.set(number, { said: done, atWork });
    send();
  }

  #read(text: string): void {
    const [kind, ...rest] = lettersIn(text);
    const waiting = this.#waiting.get(rest[0] as number);
    if (kind === 'said') waiting?.said(rest[1] ?? null);
    else if (kind === 'at-work') waiting?.atWork();
    else if (kind === 'ask') void this.#answer(rest);
  }

  async #answer([node, number, ...asked]: readonly unknown[]): Promise<void> {
    const bearer = `${String(node)} ${String(number)}`;
    const tell = (letter: string): void => {
      if (typeof node === 'string' && nodePattern.test(node)) this.#parts.inbox.send(node, letter);
    };
    const known = this.#answered.get(bearer);
    if (known !== undefined) {
      tell(known);
      return;
    }
    if (this.#answering.has(bearer)) {
      tell(JSON.stringify(['at-work', number]));
      return;
    }
    this.#answering.add(bearer);
    const said = JSON.stringify(['said', number, await this.#parts.answer(asked, bearer)]);
    this.#answering.delete(bearer);
    this.#keep(bearer, said);
    tell(said);
  }

  #keep(bearer: string, said: string): void {
    if (said.length > longestKept) return;
    this.#answered.set(bearer, said);
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > maxKept && oldest !== undefined) this.#answered.delete(oldest);
  }
}

function lettersIn(text: string): readonly unknown[] {
  try {
    const letter: unknown = JSON.parse(text);
    return Array.isArray(letter) ? letter : [];
  } catch {
    return [];
  }
}
