import type { Member } from '@cometkit/core';

/** Who is where: members by their subjects, in the order in which they came. */
export class Register {
  readonly #subjects = new Map<string, Map<string, Member>>();

  members(subject: string): readonly Member[] {
    return [...(this.#subjects.get(subject)?.values() ?? [])];
  }

  count(subject: string): number {
    return this.#subjects.get(subject)?.size ?? 0;
  }

  has(subject: string, member: Member): boolean {
    return this.#subjects.get(subject)?.has(keyOf(member)) === true;
  }

  /** Who is there already keeps the place. */
  add(subject: string, member: Member): void {
    const there = this.#subjects.get(subject) ?? new Map<string, Member>();
    this.#subjects.set(subject, there);
    if (!there.has(keyOf(member))) there.set(keyOf(member), member);
  }

  delete(subject: string, member: Member): void {
    const there = this.#subjects.get(subject);
    there?.delete(keyOf(member));
    if (there?.size === 0) this.#subjects.delete(subject);
  }

  /** Who is where, subject by subject. What is changed meanwhile may be missing. */
  *all(): Generator<readonly [subject: string, member: Member]> {
    for (const [subject, there] of this.#subjects)
      for (const member of there.values()) yield [subject, member];
  }

  clear(): void {
    this.#subjects.clear();
  }
}

/** Tells members apart: no user can be named as a session is. */
export function keyOf({ id, principal }: Member): string {
  return principal === undefined ? `s ${id}` : `p ${id}`;
}
