/** Somebody who is at a subject: a user with however many sessions, or a session of nobody in particular. */
export interface Member {
  /** The principal, or the public id of the session. */
  readonly id: string;
  /** The user, as the join hook named it; absent for an anonymous session. */
  readonly principal?: string;
}

/** Tells who is where: at any node, where the hub is one of many. */
export interface Presence {
  /**
   * Who listens to exactly this subject now, in the order in which they came; those who have gone less than 5 s ago included. Nobody
   * where no pattern of the option `presence` fits.
   */
  presence(subject: string): readonly Member[];
  /** How many they are. */
  presence(subject: string, options: { readonly count: true }): number;
}

/** The presence of a hub that watches nobody. */
export function nobody(subject: string): readonly Member[];
export function nobody(subject: string, options: { readonly count: true }): number;
export function nobody(_subject: string, options?: { readonly count: true }): readonly Member[] | number {
  return options?.count === true ? 0 : [];
}
