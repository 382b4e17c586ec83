import type { SessionStore } from '@cometkit/core/cluster';
import type { RollTimes } from './times.ts';

const leaderKey = 'presence-leader';
const rosterKey = 'presence-roster';
const dayMs = 86_400_000;

/** What a lead is made of. */
interface LeadParts {
  readonly node: string;
  readonly store: SessionStore;
  readonly times: RollTimes;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Finds out which node leads, by a record of the engine that lives as long as its leader renews it. */
export class Lead {
  readonly #parts: LeadParts;
  #leader: string | undefined = undefined;
  #revision: string | undefined = undefined;
  #until = Number.NEGATIVE_INFINITY;
  #emptySince: number | undefined = undefined;
  #troubledAt = Number.NEGATIVE_INFINITY;
  #lookingSince: number | undefined = undefined;
  /** The record as it was found last, and when that was asked for. */
  #found: { readonly revision: string; readonly at: number } | undefined = undefined;
  /** Before that a look cannot find anything new. Monotonic milliseconds. */
  #lookAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LeadParts) {
    this.#parts = parts;
  }

  /** The node that leads, as far as this one knows. */
  get leader(): string | undefined {
    return this.leads ? this.#parts.node : this.#leader;
  }

  /** Whether this node leads: so long no other can. */
  get leads(): boolean {
    return this.#parts.now() < this.#until;
  }

  /** When the engine failed last, in monotonic milliseconds. */
  get troubledAt(): number {
    return this.#troubledAt;
  }

  /** Something has not come that should have: nothing follows from what others do not say. */
  noteTrouble(): void {
    this.#troubledAt = this.#parts.now();
  }

  /**
   * Renews the lead, or looks who has it, and takes it where nobody has.
   *
   * @param patient - lets others be first, where there are others.
   */
  async look(patient: boolean): Promise<void> {
    const { now, times } = this.#parts;
    if (this.#lookingSince !== undefined) {
      if (now() - this.#lookingSince > times.leadMs) this.noteTrouble();
      return;
    }
    if (now() < this.#lookAt) return;
    this.#lookingSince = now();
    try {
      await (this.#revision === undefined ? this.#find(patient) : this.#renew(this.#revision));
    } catch {
      // The engine has told it; the next look tries again.
      this.noteTrouble();
      this.#lookAt = Number.NEGATIVE_INFINITY;
    } finally {
      this.#lookingSince = undefined;
    }
  }

  /** A node has said that it ends: its lead is free at once. */
  noteEnd(node: string): void {
    if (node === this.#leader) this.#lookAt = Number.NEGATIVE_INFINITY;
  }

  /** Gives the lead up. */
  async release(): Promise<void> {
    const held = this.#revision !== undefined;
    this.#revision = undefined;
    this.#until = this.#lookAt = Number.NEGATIVE_INFINITY;
    if (held) await this.#parts.store.remove(leaderKey);
  }

  /** The nodes that the last leader knew. @returns undefined when there never was one. */
  async roster(): Promise<readonly string[] | undefined> {
    const kept = await this.#parts.store.load(rosterKey);
    return kept?.text.split(' ');
  }

  /** Notes the nodes for the next leader. */
  async keepRoster(nodes: readonly string[]): Promise<void> {
    const { store } = this.#parts;
    const text = nodes.join(' ');
    const kept = await store.load(rosterKey);
    if (kept === undefined) await store.create(rosterKey, text, { ttlMs: dayMs });
    else await store.replace(rosterKey, text, { revision: kept.revision, ttlMs: dayMs });
  }

  async #renew(revision: string): Promise<void> {
    const { store, node, now, times } = this.#parts;
    const begun = now();
    this.#revision = await store.replace(leaderKey, node, { revision, ttlMs: times.leadMs });
    if (this.#revision === undefined) this.#until = this.#lookAt = Number.NEGATIVE_INFINITY;
    else this.#holdFrom(begun);
  }

  async #find(patient: boolean): Promise<void> {
    const { store, node, now, times } = this.#parts;
    const begun = now();
    let kept = await store.load(leaderKey);
    if (kept === undefined) {
      this.#emptySince ??= begun;
      if (patient && begun - this.#emptySince < times.leadMs && (await this.roster()) !== undefined) return;
      await store.create(leaderKey, node, { ttlMs: times.leadMs });
      kept = await store.load(leaderKey);
    }
    this.#emptySince = undefined;
    this.#leader = kept?.text;
    if (kept?.text !== node) {
      this.#waitFor(kept?.revision, begun);
      return;
    }
    this.#revision = kept.revision;
    this.#holdFrom(begun);
  }

  // A record that has changed was renewed after the look before, and lives for a whole lead from then on: as long nobody can take it.
  #waitFor(revision: string | undefined, begun: number): void {
    const before = this.#found;
    this.#found = revision === undefined ? undefined : { revision, at: begun };
    if (before !== undefined && revision !== undefined && revision !== before.revision)
      this.#lookAt = before.at + this.#parts.times.leadMs;
  }

  // The engine counts from a moment after this one, so that the record outlives what its owner believes. One renewal that fails leaves time
  // for another.
  #holdFrom(begun: number): void {
    const { leadMs, beatMs } = this.#parts.times;
    this.#until = begun + leadMs;
    this.#lookAt = this.#until - 2 * beatMs;
  }
}
