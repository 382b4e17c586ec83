import type { Surroundings } from './actor.ts';
import { Gate, gated } from './gate.ts';
import { Line } from './line.ts';

/** Who is at this end. */
export interface LinkOwner {
  /** Units: a time of the world. */
  asleepUntil(): number;
  /** Takes the lines that are whole now. */
  lines(lines: readonly string[]): void;
  /** Hears that the other side has ended it, or that it is broken. */
  over(): void;
}

/** A TCP connection that carries lines both ways. */
export class LineLink {
  readonly #at: Surroundings;
  readonly #line: Line;
  #unsent = '';
  #closed = false;

  constructor(at: Surroundings, owner: LinkOwner) {
    this.#at = at;
    const text = new TextDecoder();
    let rest = '';
    const end = {
      bytes: (chunk: Uint8Array) => {
        const lines = (rest + text.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        owner.lines(lines);
      },
      finished: () => owner.over(),
      broken: () => owner.over(),
    };
    const gate = new Gate(at.world, () => owner.asleepUntil());
    this.#line = new Line(at.world, at.faults, gated(gate, end), 'tcp');
  }

  open(): void {
    this.#line.open((line) => this.#at.node.accept('tcp', line));
  }

  /** Sends a line. @returns what is said in one turn leaves in one piece. */
  say(line: string): void {
    if (this.#unsent === '') this.#at.world.at(0, () => this.#flush());
    this.#unsent += `${line}\n`;
  }

  close(): void {
    this.#closed = true;
    this.#line.destroy('up');
  }

  crash(): void {
    this.#line.crash();
  }

  #flush(): void {
    if (!this.#closed) this.#line.send('up', new TextEncoder().encode(this.#unsent));
    this.#unsent = '';
  }
}
