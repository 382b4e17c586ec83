import type { Member } from '@cometkit/core';
import type { Cluster, ClusterHub, HubCluster } from '@cometkit/core/cluster';
import { partOfInbox } from '../cluster/mail.ts';
import type { HandlerRuntime } from '../runtime.ts';
import { Lead } from './lead.ts';
import { Assembly, type Change, type Letter, letterFromText, letterToText, type Said } from './letters.ts';
import { Register } from './register.ts';
import { lettersOf, RollLeader } from './roll-leader.ts';
import { isToldByServer } from './roots.ts';
import type { Teller } from './teller.ts';
import type { RollTimes } from './times.ts';

/** What the presence of a node is made of. */
interface NodeParts {
  readonly hub: ClusterHub;
  readonly cluster: HubCluster;
  readonly engine: Cluster;
  readonly runtime: Pick<HandlerRuntime, 'now' | 'later'>;
  readonly times: RollTimes;
}

/** What the log has told, while it is not known yet what it had told before. */
interface Seen {
  readonly position: number;
  readonly change: Change;
}

const sign = 'p';
/** Changes wait so long for others that go with them. */
const gatherMs = 10;
const reachMs = 1000;

/**
 * One node's part in who is there: it knows its own members, tells the leader of them, and follows in the log what that tells
 * everybody.
 */
export class RollNode implements Teller {
  /** As the log has told it: the same on all nodes. */
  readonly register: Register = new Register();
  readonly #parts: NodeParts;
  readonly #own = new Register();
  readonly #lead: Lead;
  readonly #assembly = new Assembly();
  #leader: RollLeader | undefined = undefined;
  #taking = false;
  #synced = false;
  #wasSynced = false;
  readonly #listeners = new Set<(subject: string | undefined) => void>();
  #shownTo: string | undefined = undefined;
  #seen: Seen[] = [];
  /** Of the last change that the register has. */
  #position = 0;
  /** Counts what was told to the leader. */
  #number = 0;
  #changes: Change[] = [];
  #byes = new Map<string, number>();
  #cancel: (() => void) | undefined = undefined;
  #ended = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    const { cluster, engine, runtime, times } = parts;
    const now = () => runtime.now();
    this.#lead = new Lead({ node: cluster.node, store: engine.sessions, times, now });
    partOfInbox(engine.inbox, sign).receive((text) => {
      const letter = this.#ended ? undefined : letterFromText(text);
      if (letter !== undefined) this.#hear(letter);
    });
    cluster.watch({
      seen: ({ subject, json, position }) => {
        if (isToldByServer(subject)) this.#read(subject, json, position);
      },
      lost: () => {
        this.#synced = this.#leader !== undefined;
      },
    });
    // Who makes the hub hears of a start that fails.
    void cluster.start().then(
      () => this.#beat(),
      () => undefined,
    );
  }

  /** This node among the others. */
  get node(): string {
    return this.#parts.cluster.node;
  }

  /** Calls back when the register has changed: at a subject, or everywhere. */
  watch(listener: (subject: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  joined(subject: string, member: Member): void {
    this.#own.add(subject, member);
    this.#note(['joined', subject, member]);
  }

  left(subject: string, member: Member): void {
    this.#own.delete(subject, member);
    this.#note(['left', subject, member]);
  }

  /** Says that those who are here are on their way. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancel?.();
    const { leader } = this.#lead;
    const to = this.#leader?.nodes ?? (leader === undefined ? [] : [leader]);
    for (const node of to) this.#send(node, { kind: 'bye' });
    void this.#lead.release().catch(() => undefined);
  }

  #note(change: Change): void {
    if (this.#ended) return;
    if (this.#leader !== undefined) this.#leader.changed(change);
    if (this.#changes.length === 0) this.#parts.runtime.later(() => this.#report(), gatherMs);
    this.#changes.push(change);
  }

  #report(): void {
    this.#number += 1;
    const changes = this.#changes.splice(0);
    const { leader } = this.#lead;
    if (leader !== undefined && this.#leader === undefined)
      this.#send(leader, { kind: 'changes', number: this.#number, changes });
  }

  #send(node: string, said: Said): void {
    const letter = letterToText({ ...said, from: this.#parts.cluster.node });
    partOfInbox(this.#parts.engine.inbox, sign).send(node, letter);
  }

  #beat(): void {
    if (this.#ended) return;
    const { runtime, times } = this.#parts;
    this.#cancel = runtime.later(() => this.#beat(), times.beatMs);
    void this.#lead.look(!this.#synced).then(() => this.#turn());
    this.#tend();
    this.#show();
  }

  // Finds out who has gone, where this node leads.
  #tend(): void {
    if (this.#leader?.deaf === true) this.#lead.noteTrouble();
    if (this.#leader?.beat() === true) this.#keepRoster();
  }

  // Shows itself to the leader.
  #show(): void {
    const { cluster, hub } = this.#parts;
    const { leader } = this.#lead;
    this.#shownTo = leader;
    if (leader === undefined || leader === cluster.node) return;
    this.#send(leader, { kind: 'beat', number: this.#number });
    if (!this.#synced) this.#send(leader, { kind: 'who', cursor: hub.cursor() });
  }

  // The lead has come to this node, or gone from it.
  #turn(): void {
    if (this.#ended) return;
    if (!this.#lead.leads) this.#leader = undefined;
    else if (this.#leader === undefined && !this.#taking) void this.#take();
    if (this.#lead.leader !== this.#shownTo) this.#show();
  }

  async #take(): Promise<void> {
    this.#taking = true;
    try {
      const roster = await this.#lead.roster();
      if (!this.#lead.leads || this.#ended) return;
      this.#begin(roster);
    } catch {
      this.#lead.noteTrouble(); // the next beat tries again
    } finally {
      this.#taking = false;
    }
  }

  #begin(roster: readonly string[] | undefined): void {
    const { hub, cluster, runtime, times } = this.#parts;
    const { node } = cluster;
    const now = runtime.now();
    const others = roster?.filter((name) => name !== node) ?? [];
    const waits = others.map((name) => {
      const bye = this.#byes.get(name);
      return [name, bye === undefined ? times.answerMs : Math.max(bye - now, 0)] as const;
    });
    this.#leader = new RollLeader(
      {
        node,
        hub,
        own: this.#own,
        told: this.register,
        times,
        now: () => runtime.now(),
        leads: () => this.#lead.leads,
        troubledAt: () => this.#lead.troubledAt,
        send: (to, said) => this.#send(to, said),
      },
      waits,
      // Where it is not sure who was where, all may be on their way back.
      this.#isSure(roster) ? times.answerMs : times.graceMs,
    );
    this.#sync([], this.#position);
    this.#keepRoster();
    // Whoever has not answered by then has gone: no beat is waited for.
    this.#tend();
    runtime.later(() => this.#tend(), times.answerMs + 1);
  }

  // The first of all nodes, or one that knows all that the leader before has known.
  #isSure(roster: readonly string[] | undefined): boolean {
    return roster === undefined ? !this.#wasSynced : this.#synced;
  }

  #keepRoster(): void {
    const nodes = [this.#parts.cluster.node, ...(this.#leader?.nodes ?? [])];
    this.#lead.keepRoster(nodes).catch(() => this.#lead.noteTrouble());
  }

  #hear(letter: Letter): void {
    const { cluster, runtime, times } = this.#parts;
    if (letter.kind === 'ask') {
      for (const said of lettersOf('own', this.#number, this.#own)) this.#send(letter.from, said);
    } else if (letter.kind === 'all') {
      const places = this.#synced ? undefined : this.#assembly.take(letter.from, letter);
      if (places !== undefined) this.#adopt(places, letter.number);
    } else if (letter.kind === 'who') {
      // Who asks may have read more of the log than this node.
      void cluster.reach(letter.cursor, reachMs).then((there) => {
        if (!there || this.#leader === undefined) return;
        for (const said of lettersOf('all', this.#position, this.register)) this.#send(letter.from, said);
      });
    } else {
      if (letter.kind === 'bye') {
        this.#byes.set(letter.from, runtime.now() + times.graceMs);
        this.#lead.noteEnd(letter.from);
      }
      if (this.#leader?.hear(letter) === true) this.#keepRoster();
    }
  }

  #read(subject: string, json: string, position: number): void {
    const change = changeOf(subject, json);
    if (change === undefined) return;
    if (!this.#synced) this.#seen.push({ position, change });
    this.#apply({ position, change });
  }

  #apply({ position, change }: Seen): void {
    if (position <= this.#position) return;
    this.#position = position;
    const [word, subject, member] = change;
    if (word === 'joined') this.register.add(subject, member);
    else this.register.delete(subject, member);
    this.#leader?.told(change);
    for (const listener of this.#listeners) listener(subject);
  }

  /** Takes over who is where, up to a position, and what the log has told since. */
  #adopt(places: Iterable<readonly [string, Member]>, position: number): void {
    this.register.clear();
    for (const [subject, member] of places) this.register.add(subject, member);
    this.#position = position;
    this.#sync(this.#seen, position);
    for (const listener of this.#listeners) listener(undefined);
  }

  #sync(seen: readonly Seen[], position: number): void {
    this.#synced = this.#wasSynced = true;
    for (const one of seen) if (one.position > position) this.#apply(one);
    this.#seen = [];
  }
}

function changeOf(subject: string, json: string): Change | undefined {
  // The application may publish there as well, whatever it likes.
  const said = JSON.parse(json) as { change?: unknown; member?: Partial<Member> | null } | null;
  const { change, member } = said ?? {};
  if ((change !== 'joined' && change !== 'left') || typeof member?.id !== 'string') return undefined;
  const { id, principal } = member;
  return [change, subject, principal === undefined ? { id } : { id, principal }];
}
