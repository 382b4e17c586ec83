import type { Hub, Member } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { Assembly, type Change, inParts, type Letter, type Said } from './letters.ts';
import { keyOf, Register } from './register.ts';
import { sourceRoot } from './roots.ts';
import type { RollTimes } from './times.ts';

// What only nodes hear of is sent to a session that nobody has.
const nobody = 'nobody';

/** What the leader knows of another node. */
interface Known {
  /** Who is there; undefined until the node has said it. */
  own: Register | undefined;
  number: number;
  /** When its members go unless it is heard of before. Monotonic milliseconds. */
  until: number;
  asked: boolean;
  readonly assembly: Assembly;
}

/** What a leader is made of. */
interface LeaderParts {
  readonly node: string;
  readonly hub: ClusterHub | Hub;
  /** Who is at this node itself. */
  readonly own: Register;
  /** Who is where, as the log has told it. */
  readonly told: Register;
  readonly times: RollTimes;
  now(): number;
  /** Whether this node leads still. */
  leads(): boolean;
  /** When the engine failed last, in monotonic milliseconds. */
  troubledAt(): number;
  send(node: string, said: Said): void;
}

/**
 * Tells everybody who comes and who goes, of all nodes: whatever differs between who is there and who was told to be. So it makes
 * no difference what has become of the leader before.
 */
export class RollLeader {
  readonly #parts: LeaderParts;
  readonly #nodes = new Map<string, Known>();
  /** What is on its way to the log, by subject and member. */
  readonly #sent = new Map<string, Map<string, { readonly joined: boolean; readonly member: Member }>>();
  readonly #settledAt: number;
  /** When its own letter has come back last, in monotonic milliseconds. */
  #heardOwn = Number.NEGATIVE_INFINITY;
  /** Since when none has come back of those that it has sent to itself. */
  #unheardSince: number | undefined = undefined;
  /** All are compared at the next beat. */
  #unsure = true;

  /**
   * @param nodes - those that the leader before has known, and for how long their members stay without a word.
   * @param settleMs - for how long nobody goes.
   */
  constructor(parts: LeaderParts, nodes: Iterable<readonly [string, number]>, settleMs: number) {
    this.#parts = parts;
    const now = parts.now();
    this.#settledAt = now + settleMs;
    for (const [node, waitMs] of nodes) this.#meet(node, now + waitMs);
  }

  /** Other nodes that it knows. */
  get nodes(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** True when none of its own letters has come back for a while: others may speak in vain, too. */
  get deaf(): boolean {
    const { now, times } = this.#parts;
    return this.#unheardSince !== undefined && now() - this.#unheardSince > times.silenceMs;
  }

  /** @returns whether a node has come that it did not know. */
  hear(letter: Letter): boolean {
    const { node, now, times } = this.#parts;
    const { from } = letter;
    if (from === node) {
      this.#heardOwn = now();
      this.#unheardSince = undefined;
    }
    if (from === node || letter.kind === 'ask' || letter.kind === 'all' || letter.kind === 'who')
      return false;
    const fresh = !this.#nodes.has(from);
    const known = this.#nodes.get(from) ?? this.#meet(from, 0);
    known.until = now() + (letter.kind === 'bye' ? times.graceMs : times.silenceMs);
    this.#learn(from, known, letter);
    return fresh;
  }

  /** This node's own members have changed. */
  changed([, subject, member]: Change): void {
    this.#review(subject, member);
  }

  /** The log has told a change. */
  told([change, subject, member]: Change): void {
    const sent = this.#sent.get(subject)?.get(keyOf(member));
    if (sent?.joined === (change === 'joined')) this.#forget(subject, member);
    this.#review(subject, member);
  }

  /** Some times a second. @returns whether a node has gone. */
  beat(): boolean {
    const { now, times, troubledAt } = this.#parts;
    this.#listen();
    const steady = now() - troubledAt() > times.steadyMs;
    let gone = false;
    for (const [name, known] of this.#nodes) {
      if (steady && known.until < now() && this.#heardOwn > this.#doubtAt(known)) {
        this.#nodes.delete(name);
        gone = this.#unsure = true;
      } else if (known.own === undefined) this.#ask(name, known);
      known.asked = false;
    }
    if (this.#unsure) this.#reviewAll();
    return gone;
  }

  // Where a node has missed some beats, a letter to itself tells whether it is the node that is silent or this one that is deaf.
  #listen(): void {
    const { node, now, send } = this.#parts;
    const isDoubtful = [...this.#nodes.values()].some((known) => this.#doubtAt(known) < now());
    if (isDoubtful) send(node, { kind: 'beat', number: 0 });
    this.#unheardSince = isDoubtful ? (this.#unheardSince ?? now()) : undefined;
  }

  #doubtAt({ until }: Known): number {
    const { beatMs, silenceMs } = this.#parts.times;
    return until - silenceMs + 2 * beatMs;
  }

  #meet(node: string, until: number): Known {
    const known: Known = { own: undefined, number: 0, until, asked: false, assembly: new Assembly() };
    this.#nodes.set(node, known);
    this.#ask(node, known);
    return known;
  }

  #ask(node: string, known: Known): void {
    if (known.asked) return;
    known.asked = true;
    this.#parts.send(node, { kind: 'ask' });
  }

  #learn(from: string, known: Known, letter: Letter): void {
    if (letter.kind === 'own') {
      const places = known.assembly.take(from, letter);
      if (places === undefined) return;
      known.own = new Register();
      known.number = letter.number;
      for (const [subject, member] of places) known.own.add(subject, member);
      this.#unsure = true;
      this.#reviewAll();
    } else if (letter.kind === 'changes' && known.own !== undefined && letter.number === known.number + 1) {
      known.number = letter.number;
      for (const [change, subject, member] of letter.changes) {
        if (change === 'joined') known.own.add(subject, member);
        else known.own.delete(subject, member);
        this.#review(subject, member);
      }
    } else if ('number' in letter && (known.own === undefined || letter.number > known.number)) {
      known.own = undefined;
      this.#ask(from, known);
    }
  }

  #reviewAll(): void {
    const { own, told } = this.#parts;
    this.#unsure = false;
    const registers = [told, own, ...[...this.#nodes.values()].flatMap((known) => known.own ?? [])];
    for (const [subject, member] of registers.flatMap((register) => [...register.all()]))
      this.#review(subject, member);
  }

  // What differs from what was told, or is about to be, is told.
  #review(subject: string, member: Member): void {
    const there = this.#isThere(subject, member);
    const sent = this.#sent.get(subject)?.get(keyOf(member));
    if (there === (sent?.joined ?? this.#parts.told.has(subject, member))) return;
    if (there || this.#knowsAll) this.#tell(subject, member, there);
    else this.#unsure = true;
  }

  // Who is nowhere may be at a node that has not said who is there.
  get #knowsAll(): boolean {
    if (this.#parts.now() < this.#settledAt) return false;
    return [...this.#nodes.values()].every(({ own }) => own !== undefined);
  }

  #isThere(subject: string, member: Member): boolean {
    if (this.#parts.own.has(subject, member)) return true;
    for (const { own } of this.#nodes.values()) if (own?.has(subject, member) === true) return true;
    return false;
  }

  #tell(subject: string, member: Member, joined: boolean): void {
    const { hub, leads } = this.#parts;
    if (!leads() || hub.closed) {
      this.#unsure = true;
      return;
    }
    const there = this.#sent.get(subject) ?? new Map();
    this.#sent.set(subject, there);
    const mark = { joined, member };
    there.set(keyOf(member), mark);
    const failed = (): void => {
      if (this.#sent.get(subject)?.get(keyOf(member)) !== mark) return;
      this.#forget(subject, member);
      this.#unsure = true;
    };
    const data = { change: joined ? 'joined' : 'left', member: { ...member }, count: this.#count(subject) };
    try {
      const told = subject.startsWith(`${sourceRoot}/`)
        ? hub.send(nobody, subject, data)
        : hub.publish(subject, data);
      told?.accepted().then(failed, failed);
    } catch {
      failed(); // too much waits for the engine
    }
  }

  #forget(subject: string, member: Member): void {
    const there = this.#sent.get(subject);
    there?.delete(keyOf(member));
    if (there?.size === 0) this.#sent.delete(subject);
  }

  /** How many there are once all is told that is on its way. */
  #count(subject: string): number {
    const { told } = this.#parts;
    let count = told.count(subject);
    for (const { joined, member } of this.#sent.get(subject)?.values() ?? []) {
      if (joined !== told.has(subject, member)) count += joined ? 1 : -1;
    }
    return count;
  }
}

/** The letters that tell a list. */
export function lettersOf(kind: 'own' | 'all', number: number, register: Register): Said[] {
  return inParts(number, register.all()).map((part) => ({ kind, ...part }));
}
