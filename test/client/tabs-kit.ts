import type { SharedPorts, TabChannel, TabLocks } from '../../packages/client/src/shared/ports.ts';

interface Asked {
  readonly owner: Browser;
  readonly held: () => Promise<void>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

interface Held {
  readonly owner: Browser;
  readonly reject: (reason: unknown) => void;
}

/** What the tabs of one origin share: locks that die with their tab, and channels. */
export class Origin {
  readonly #held = new Map<string, Held>();
  readonly #queues = new Map<string, Asked[]>();
  readonly #channels = new Map<string, Set<PageChannel>>();

  /** A tab's own part. */
  tab(): Browser {
    return new Browser(this);
  }

  request(
    owner: Browser,
    name: string,
    options: Parameters<TabLocks['request']>[1],
    held: () => Promise<void>,
  ) {
    return new Promise<unknown>((resolve, reject) => {
      const asked = { owner, held, resolve, reject };
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      if (options.steal === true) {
        this.#held.get(name)?.reject(new DOMException('stolen', 'AbortError'));
        this.#held.delete(name);
        queue.unshift(asked);
      } else queue.push(asked);
      options.signal?.addEventListener('abort', () => {
        const at = queue.indexOf(asked);
        if (at >= 0) queue.splice(at, 1);
        reject(new DOMException('aborted', 'AbortError'));
      });
      queueMicrotask(() => this.#grant(name));
    });
  }

  /** A tab dies without a word. */
  bury(owner: Browser): void {
    for (const [name, queue] of this.#queues) {
      this.#queues.set(
        name,
        queue.filter((asked) => asked.owner !== owner),
      );
    }
    for (const [name, held] of [...this.#held]) {
      if (held.owner !== owner) continue;
      this.#held.delete(name);
      queueMicrotask(() => this.#grant(name));
    }
  }

  open(owner: Browser, name: string): PageChannel {
    const channels = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, channels);
    const channel = new PageChannel(owner, channels);
    channels.add(channel);
    return channel;
  }

  #grant(name: string): void {
    if (this.#held.has(name)) return;
    const next = this.#queues.get(name)?.shift();
    if (next === undefined) return;
    const held = { owner: next.owner, reject: next.reject };
    this.#held.set(name, held);
    const over = (): void => {
      if (this.#held.get(name) !== held) return;
      this.#held.delete(name);
      this.#grant(name);
    };
    next.held().then(
      (value) => {
        over();
        next.resolve(value);
      },
      (error) => {
        over();
        next.reject(error);
      },
    );
  }
}

class PageChannel implements TabChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  readonly #owner: Browser;
  readonly #all: Set<PageChannel>;

  constructor(owner: Browser, all: Set<PageChannel>) {
    this.#owner = owner;
    this.#all = all;
  }

  postMessage(message: unknown): void {
    if (this.#owner.dead) return;
    for (const other of this.#all) if (other !== this) other.receive(structuredClone(message));
  }

  receive(message: unknown): void {
    if (!this.#owner.deaf) this.#owner.later(() => this.onmessage?.({ data: message }));
  }

  close(): void {
    this.#all.delete(this);
  }
}

/** One tab of the browser: it can freeze, thaw and die. */
export class Browser {
  readonly ports: SharedPorts;
  dead = false;
  /** True while messages to it are lost. */
  deaf = false;
  readonly #origin: Origin;
  #frozen = false;
  #waiting: (() => void)[] = [];

  constructor(origin: Origin) {
    this.#origin = origin;
    this.ports = {
      locks: { request: (name, options, held) => origin.request(this, name, options, held) },
      openChannel: (name) => origin.open(this, name),
    };
  }

  /** Runs a task of the page: in a frozen one when it thaws, in a dead one never. */
  later(task: () => void): void {
    setTimeout(() => {
      if (this.dead) return;
      if (this.#frozen) this.#waiting.push(task);
      else task();
    }, 0);
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    for (const task of this.#waiting.splice(0)) task();
  }

  /** Ends without a word: no message, no request any more. */
  die(): void {
    this.dead = true;
    this.#origin.bury(this);
  }

  /** The network as the page has it: gone when it is dead. */
  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    if (this.dead) return Promise.reject(new TypeError('dead'));
    const abort = new AbortController();
    init.signal?.addEventListener('abort', () => abort.abort());
    const poll = setInterval(() => this.dead && abort.abort(), 1);
    const response = fetch(url, { ...init, signal: abort.signal });
    abort.signal.addEventListener('abort', () => clearInterval(poll));
    return response;
  };
}
