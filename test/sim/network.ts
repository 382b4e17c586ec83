import type { HttpRequest, HttpResponse, Outlet, Responder } from '@cometkit/handler';
import type { Faults } from './faults.ts';
import type { Line, LineEnd } from './line.ts';
import type { LineKind } from './listener.ts';
import { SimOutlet } from './outlet.ts';
import type { World } from './world.ts';

/** A server as the network sees it; undefined answers mean that nobody listens. */
export interface Upstream {
  /** Serves a request, whose answer may come at once. @returns false when nobody is there. */
  serve(request: HttpRequest, to: Responder): boolean;
  accept(kind: LineKind, line: Line): LineEnd | undefined;
}

/** What ends when the server's process does. */
export interface Mortal {
  crash(): void;
}

/** The part of a fetch request that travels. */
export interface SimRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What comes back to a client, piece by piece. Each is called at most as often as its name says. */
export interface SimReceiver {
  head(status: number, headers: ReadonlyMap<string, string>): void;
  bytes(chunk: Uint8Array): void;
  end(): void;
  fail(reason: string): void;
}

/**
 * One exchange over the simulated network: a request goes up, an answer comes down in order, each part after its latency.
 * What the script of faults says happens to it on the way.
 */
export class Exchange {
  readonly #world: World;
  readonly #upstream: Upstream;
  readonly #faults: Faults;
  readonly #receiver: SimReceiver;
  readonly #closeListeners: ((complete: boolean) => void)[] = [];
  readonly connection: object = {};
  #outlet: SimOutlet | undefined;
  #arrival = 0;
  #down = 0;
  #clientGone = false;
  #serverTold = false;
  #dark = false;
  #cut = false;

  constructor(world: World, upstream: Upstream, faults: Faults, receiver: SimReceiver) {
    this.#world = world;
    this.#upstream = upstream;
    this.#faults = faults;
    this.#receiver = world.log === undefined ? receiver : traced(world, receiver);
  }

  start(request: SimRequest): void {
    const fate = this.#faults.request(request);
    this.#world.log?.(`${this.#world.now.toFixed(0)} -> ${request.body} ${fate}`);
    if (fate === 'refused') {
      this.#failClient(this.#latency(), 'refused');
      return;
    }
    if (fate === 'lost') return; // no answer, no error: the client's own watch has to notice
    if (fate === 'bad-gateway') {
      this.#badGateway();
      return;
    }
    if (fate === 'bad-gateway-after') {
      const ghost = new Exchange(this.#world, this.#upstream, this.#faults, deaf);
      this.#world.at(this.#latency(), () => ghost.#serve(request, false));
      this.#badGateway();
      return;
    }
    this.#world.at(this.#latency(), () => this.#serve(request, fate === 'reset-after'));
    if (fate === 'twice') {
      // A proxy that sends the request again, whose first answer goes nowhere.
      const ghost = new Exchange(this.#world, this.#upstream, this.#faults, deaf);
      this.#world.at(this.#latency() * 2, () => ghost.#serve(request, false));
    }
  }

  /** The client has hung up. The server hears of it a while later, unless the line is dead. */
  abort(): void {
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.#tellServer(this.#dark ? this.#faults.keepAliveMs : this.#latency());
  }

  /** The client reads nothing for a while. */
  stall(ms: number): void {
    this.#outlet?.stall(ms);
  }

  /** The server process is gone: what was written and has not arrived is lost. */
  crash(): void {
    this.#serverTold = true;
    this.#outlet?.closed();
    this.#down = Number.POSITIVE_INFINITY;
    if (!this.#dark) this.#failClient(this.#latency(), 'reset');
  }

  #serve(request: SimRequest, resetAfter: boolean): void {
    const there = this.#upstream.serve(this.#toRequest(request), {
      answer: (response) => this.#answered(response),
    });
    if (!there) this.#failClient(this.#latency(), 'refused');
    else if (resetAfter) {
      this.#failClient(this.#latency(), 'reset');
      this.#tellServer(this.#latency());
    }
  }

  #answered(response: HttpResponse): void {
    try {
      this.#respond(response);
    } catch (error) {
      this.#world.failure ??= error;
    }
  }

  #toRequest({ method, url, headers, body }: SimRequest): HttpRequest {
    const [path = '/', query = ''] = url.replace(/^https?:\/\/[^/]+/, '').split('?');
    return {
      method,
      path,
      query,
      header: (name) => headers[name.toLowerCase()],
      readBody: () => Promise.resolve({ kind: 'text', text: body }),
      address: '127.0.0.1',
      secure: false,
      native: undefined,
      connection: this.connection,
      watch: (watcher) => {
        if (this.#serverTold) watcher.closed(false);
        else this.#closeListeners.push((complete) => watcher.closed(complete));
      },
    };
  }

  #respond(response: HttpResponse): void {
    if (this.#serverTold || this.#down === Number.POSITIVE_INFINITY) {
      if ('open' in response) response.open(closedOutlet());
      return;
    }
    const headers = new Map(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
    this.#send(() => this.#receiver.head(response.status, headers));
    this.#outlet = new SimOutlet(
      this.#world,
      (bytes) => this.#carry(bytes),
      () => this.#finish(),
      () => this.#dropped(),
    );
    if ('open' in response) response.open(this.#outlet);
    else {
      const { body } = response;
      this.#outlet.write(typeof body === 'string' ? new TextEncoder().encode(body) : body);
      this.#outlet.end();
    }
  }

  // Bytes on their way down: cut, held, sliced or swallowed as the script says.
  #carry(bytes: Uint8Array): void {
    for (const piece of this.#faults.pieces(this, bytes)) {
      if (piece === 'reset') {
        this.#cut = true;
        this.#failClient(this.#latency(), 'reset');
        this.#tellServer(this.#latency());
        return;
      }
      if (piece === 'dark') {
        this.#dark = true;
        this.#tellServer(this.#faults.keepAliveMs);
        return;
      }
      this.#send(() => this.#receiver.bytes(piece));
    }
  }

  #dropped(): void {
    this.#cut = true;
    if (!this.#dark) this.#failClient(this.#latency(), 'reset');
    this.#tell(false);
  }

  #finish(): void {
    for (const rest of this.#faults.rest(this)) this.#send(() => this.#receiver.bytes(rest));
    this.#send(() => {
      this.#clientGone = true;
      this.#receiver.end();
    });
    if (!this.#serverTold) this.#world.at(0, () => this.#tell(true));
  }

  #send(deliver: () => void): void {
    // Behind a hole nothing comes any more.
    if (this.#dark || this.#cut) return;
    // One connection is one pipe: nothing overtakes what was sent before it.
    this.#arrival = Math.max(this.#arrival, this.#world.now + this.#latency());
    this.#world.at(this.#arrival - this.#world.now, () => {
      if (!this.#clientGone && !this.#dark && this.#down !== Number.POSITIVE_INFINITY) deliver();
    });
  }

  // What a proxy answers in the server's place, whether or not the server got the request.
  #badGateway(): void {
    this.#send(() => this.#receiver.head(502, new Map()));
    this.#send(() => {
      this.#clientGone = true;
      this.#receiver.end();
    });
  }

  #failClient(delayMs: number, reason: string): void {
    this.#world.at(delayMs, () => {
      if (this.#clientGone) return;
      this.#clientGone = true;
      this.#receiver.fail(reason);
    });
  }

  #tellServer(delayMs: number): void {
    this.#world.at(delayMs, () => {
      this.#outlet?.closed();
      this.#tell(false);
    });
  }

  #tell(complete: boolean): void {
    if (this.#serverTold) return;
    this.#serverTold = true;
    for (const listener of this.#closeListeners) listener(complete);
  }

  #latency(): number {
    return this.#faults.latency();
  }
}

const deaf: SimReceiver = { head: () => {}, bytes: () => {}, end: () => {}, fail: () => {} };

function closedOutlet(): Outlet {
  const outlet = new SimOutlet(
    undefined,
    () => {},
    () => {},
  );
  outlet.closed();
  return outlet;
}

function traced(world: World, receiver: SimReceiver): SimReceiver {
  const log = (what: string): void => world.log?.(`${world.now.toFixed(0)} <- ${what}`);
  return {
    head: (status, headers) => {
      log(String(status));
      receiver.head(status, headers);
    },
    bytes: (chunk) => {
      log(new TextDecoder().decode(chunk).trimEnd());
      receiver.bytes(chunk);
    },
    end: () => {
      log('end');
      receiver.end();
    },
    fail: (reason) => {
      log(reason);
      receiver.fail(reason);
    },
  };
}
