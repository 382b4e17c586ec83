import type { Inbox } from '@cometkit/core/cluster';

/** What a node that a client does not listen on tells the node that it does. */
export interface Sign {
  readonly id: string;
  /** Text of a cursor; undefined when it was any other command. */
  readonly ack: string | undefined;
  /** The generation of the channel that the acknowledgement is about. */
  readonly generation: number | undefined;
  /** True when the client wants a heartbeat on its stream. */
  readonly beat: boolean;
}

type SignText = readonly [id: string, ack: string | null, generation: number | null, beat: 0 | 1];

const waitMs = 50;
const maxSigns = 1000;

/**
 * Passes the signs of life of clients on to the nodes that have their streams: of each session the last one in 50 ms, those for one
 * node in one letter. Letters may be lost: the next one says more.
 */
export class AckRelay {
  readonly #inbox: Inbox;
  readonly #later: (task: () => void, delayMs: number) => unknown;
  readonly #waiting = new Map<string, Map<string, Sign>>();

  /** @param hear - called with the signs that other nodes pass on to this one. */
  constructor(
    inbox: Inbox,
    later: (task: () => void, delayMs: number) => unknown,
    hear: (sign: Sign) => void,
  ) {
    this.#inbox = inbox;
    this.#later = later;
    inbox.receive((text) => {
      for (const sign of readLetter(text)) hear(sign);
    });
  }

  /** Passes a sign on to a node, soon. */
  pass(node: string, sign: Sign): void {
    if (this.#waiting.size === 0) this.#later(() => this.#send(), waitMs);
    const signs = this.#waiting.get(node) ?? new Map<string, Sign>();
    this.#waiting.set(node, signs);
    const before = signs.get(sign.id);
    const { ack = before?.ack, generation = before?.generation } = sign;
    signs.set(sign.id, { id: sign.id, ack, generation, beat: sign.beat || before?.beat === true });
  }

  #send(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [node, signs] of waiting) {
      const all = [...signs.values()];
      for (let at = 0; at < all.length; at += maxSigns)
        this.#inbox.send(node, writeLetter(all.slice(at, at + maxSigns)));
    }
  }
}

function writeLetter(signs: readonly Sign[]): string {
  return JSON.stringify(
    signs.map(
      ({ id, ack, generation, beat }): SignText => [id, ack ?? null, generation ?? null, beat ? 1 : 0],
    ),
  );
}

// What cannot be read is left out, like a letter that is lost.
function readLetter(text: string): Sign[] {
  let signs: unknown;
  try {
    signs = JSON.parse(text);
  } catch {
    return []; // not from one of us
  }
  if (!Array.isArray(signs)) return [];
  return signs.filter(isSign).map(([id, ack, generation, beat]) => ({
    id,
    ack: ack ?? undefined,
    generation: generation ?? undefined,
    beat: beat === 1,
  }));
}

function isSign(value: unknown): value is SignText {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [id, ack, generation] = value as unknown[];
  return (
    typeof id === 'string' &&
    (ack === null || typeof ack === 'string') &&
    (generation === null || Number.isSafeInteger(generation))
  );
}
