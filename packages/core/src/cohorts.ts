import { Cohort, type CohortHost, type Joint } from './cohort.ts';
import type { Member } from './member.ts';
import type { PatternPart } from './pattern.ts';
import type { Session } from './session.ts';
import type { SubjectIndex } from './subject-index.ts';
import type { Interest, Subscription } from './subscription.ts';

// With fewer under a pattern, a cohort would only be one more thing to touch and to hold.
const fewest = 2;

/** Gathers sessions that stand at the same place and want the same into cohorts, which take their places in the index. */
export class Cohorts {
  readonly #host: CohortHost;
  readonly #index: SubjectIndex<Interest>;
  // By how they are written to, then by what they want.
  readonly #byJoint = new WeakMap<object, Map<string, Cohort>>();
  readonly #all = new Set<Cohort>();

  constructor(host: CohortHost, index: SubjectIndex<Interest>) {
    this.#host = host;
    this.#index = index;
  }

  all(): Iterable<Cohort> {
    return this.#all;
  }

  /** Lets a session enter a cohort. Shape: false when it has to stay on its own, as yet or for good. */
  gather<S>(session: Session, joint: Joint<S>, sink: S): boolean {
    // Who could not tell that it has fallen behind would be given the same again.
    const able = session.transport?.lagged !== undefined && session.level;
    const want = able ? session.interests.only : undefined;
    if (want === undefined || this.#crowdOf(want) < fewest) return false;
    const { acknowledges } = session;
    const key = `${want.matching} ${acknowledges} ${want.pattern}`;
    // Found by its joint, so it was opened with it.
    const found = this.#byJoint.get(joint)?.get(key) as Cohort<S> | undefined;
    const cohort = found ?? this.#open(key, want.parts, acknowledges, joint);
    if (!cohort.level) return false;
    this.#index.remove(want.parts, want);
    session.enter(cohort, sink);
    return true;
  }

  #crowdOf({ parts: [part] }: Subscription): number {
    return part === undefined ? 0 : this.#index.crowd(part);
  }

  // Whoever made it need not stay: nothing of that session is kept.
  #open<S>(key: string, parts: readonly PatternPart[], acknowledging: boolean, joint: Joint<S>): Cohort<S> {
    const ofJoint = this.#byJoint.get(joint) ?? new Map<string, Cohort>();
    const opened: Cohort<S> = new Cohort<S>(this.#host, joint, acknowledging, (member) => {
      this.#return(member);
      if (opened.size > 0) return;
      this.#index.remove(parts, opened);
      this.#all.delete(opened as Cohort);
      ofJoint.delete(key);
    });
    this.#byJoint.set(joint, ofJoint.set(key, opened as Cohort));
    this.#all.add(opened as Cohort);
    this.#index.add(parts, opened);
    return opened;
  }

  #return({ interests: { only } }: Member): void {
    if (only !== undefined) this.#index.add(only.parts, only);
  }
}
