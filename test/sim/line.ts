import type { Faults } from './faults.ts';
import type { World } from './world.ts';

/** Which way something goes: up to the server or down to the client. */
export type Way = 'up' | 'down';

/** What comes to one end of a line. Nothing comes behind `broken`. */
export interface LineEnd {
  bytes(chunk: Uint8Array): void;
  /** The other side sends nothing more. */
  finished(): void;
  /** The line is gone, with all that was on its way. */
  broken(reason: string): void;
}

/** Takes up a line at the server. @returns undefined when nobody listens. */
export type Accept = (line: Line) => LineEnd | undefined;

interface Direction {
  end: LineEnd | undefined;
  arrival: number;
  dark: boolean;
  finished: boolean;
  /** What a proxy that holds bytes back knows it by. */
  readonly key: object;
}

const deaf: LineEnd = { bytes: () => undefined, finished: () => undefined, broken: () => undefined };

/**
 * One connection over the simulated network, as TCP makes it: bytes both ways, each way in order, each part after its
 * latency. What the script of faults says happens to it on the way.
 */
export class Line {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #up: Direction = { end: undefined, arrival: 0, dark: false, finished: false, key: {} };
  readonly #down: Direction = { end: undefined, arrival: 0, dark: false, finished: false, key: {} };
  readonly #name: string;
  #refused = false;

  constructor(world: World, faults: Faults, near: LineEnd, name: string) {
    this.#world = world;
    this.#faults = faults;
    this.#down.end = near;
    this.#name = name;
  }

  /** Asks for the connection. */
  open(accept: Accept): void {
    const fate = this.#faults.request({ method: 'CONNECT', url: this.#name, headers: {}, body: '' });
    this.#log(`connect ${fate}`);
    if (fate === 'lost') return; // no answer, no error: the client's own watch has to notice
    if (fate === 'refused' || fate === 'bad-gateway' || fate === 'bad-gateway-after') this.#refuse('refused');
    if (fate === 'bad-gateway-after' || fate === 'twice') {
      // One that the server takes up and that nobody speaks on.
      const ghost = new Line(this.#world, this.#faults, deaf, `${this.#name} ghost`);
      this.#world.at(this.#faults.latency(), () => ghost.#accepted(accept));
    }
    if (this.#refused) return;
    // What is sent at once comes behind the opening.
    this.#up.arrival = this.#world.now + this.#faults.latency();
    this.#world.at(this.#up.arrival - this.#world.now, () => {
      if (this.#down.end === undefined) return;
      this.#accepted(accept);
      if (fate === 'reset-after') this.#reset();
    });
  }

  /** Sends bytes: cut, held, sliced or swallowed as the script says. */
  send(way: Way, bytes: Uint8Array): void {
    const direction = this.#way(way);
    if (direction.finished) return;
    for (const piece of this.#faults.pieces(direction.key, bytes)) {
      if (piece === 'reset') {
        this.#reset();
        return;
      }
      if (piece === 'dark') {
        this.#darken(way);
        return;
      }
      this.#carry(direction, (end) => end.bytes(piece), way, piece);
    }
  }

  /** Says that nothing more will be sent this way. */
  finish(way: Way): void {
    const direction = this.#way(way);
    if (direction.finished) return;
    this.#release(direction, way);
    this.#carry(direction, (end) => end.finished(), way, 'finished');
  }

  /** One side has let go of the line: the sender of this way. The other one hears of it later, unless the line is dead. */
  destroy(way: Way): void {
    const direction = this.#way(way);
    const opposite = this.#way(way === 'up' ? 'down' : 'up');
    if (opposite.end === undefined) return;
    opposite.end = undefined;
    this.#release(direction, way);
    const wait = direction.dark ? this.#faults.keepAliveMs : this.#faults.latency();
    this.#world.at(Math.max(wait, direction.arrival - this.#world.now), () =>
      this.#break(direction, 'reset'),
    );
  }

  /** The server process is gone: what was written and has not arrived is lost. */
  crash(): void {
    if (this.#up.end === undefined) return;
    this.#break(this.#up, 'crash');
    if (this.#down.dark) return;
    this.#down.dark = true;
    this.#world.at(this.#faults.latency(), () => this.#break(this.#down, 'reset'));
  }

  #accepted(accept: Accept): void {
    this.#up.end = accept(this);
    if (this.#up.end === undefined) this.#refuse('refused');
  }

  #refuse(reason: string): void {
    this.#refused = true;
    this.#world.at(this.#faults.latency(), () => this.#break(this.#down, reason));
  }

  // Both sides are told, each when it hears of it.
  #reset(): void {
    for (const direction of [this.#up, this.#down]) {
      direction.finished = true;
      this.#world.at(this.#faults.latency(), () => this.#break(direction, 'reset'));
    }
  }

  // A dead line is dead both ways and its server finds out late. What swallows only what comes from the client keeps
  // the connection up, so that nothing but silence tells.
  #darken(way: Way): void {
    this.#log(`dark ${way}`);
    this.#up.dark = true;
    if (way === 'up') return;
    this.#down.dark = true;
    this.#world.at(this.#faults.keepAliveMs, () => this.#break(this.#up, 'dead'));
  }

  // What a proxy held is passed on when it hears that there is no more.
  #release(direction: Direction, way: Way): void {
    if (direction.finished) return;
    direction.finished = true;
    for (const rest of this.#faults.rest(direction.key))
      this.#carry(direction, (end) => end.bytes(rest), way, rest);
  }

  #carry(direction: Direction, deliver: (end: LineEnd) => void, way: Way, what: Uint8Array | string): void {
    if (direction.dark) return;
    // Nothing overtakes what was sent before it.
    direction.arrival = Math.max(direction.arrival, this.#world.now + this.#faults.latency());
    this.#world.at(direction.arrival - this.#world.now, () => {
      if (direction.end === undefined || direction.dark) return;
      this.#log(`${way} ${typeof what === 'string' ? what : new TextDecoder().decode(what)}`);
      deliver(direction.end);
    });
  }

  #break(direction: Direction, reason: string): void {
    const { end } = direction;
    direction.end = undefined;
    direction.finished = true;
    if (end === undefined) return;
    this.#log(`${direction === this.#up ? 'up' : 'down'} ${reason}`);
    end.broken(reason);
  }

  #way(way: Way): Direction {
    return way === 'up' ? this.#up : this.#down;
  }

  #log(what: string): void {
    this.#world.log?.(`${this.#world.now.toFixed(0)} ${this.#name} ${what}`);
  }
}
