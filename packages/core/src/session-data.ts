declare global {
  /**
   * What join hooks of an application give as `data`, declared by it once: `session.data` has this type then, wherever a session is.
   *
   * @example
   * ```ts
   * declare global {
   *   interface CometSessionData {
   *     role: 'editor' | 'reader';
   *   }
   * }
   * ```
   */
  interface CometSessionData {}
}

/** The type of `session.data`: what the application has declared as `CometSessionData`, or undefined where a join hook gave none; `unknown` without a declaration. */
export type SessionData = keyof CometSessionData extends never ? unknown : CometSessionData | undefined;
