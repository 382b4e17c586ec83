/** Counts what the platform's cryptography has under way: it runs outside of virtual time, for as long as it likes. */
export class Ciphers {
  #underWay = 0;
  readonly #real: readonly [string, unknown][];

  constructor() {
    const subtle = crypto.subtle as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
    const names = ['importKey', 'sign', 'digest', 'verify', 'deriveBits'];
    this.#real = names.map((name) => [name, subtle[name]]);
    for (const [name, real] of this.#real as readonly [string, (...given: unknown[]) => Promise<unknown>][]) {
      subtle[name] = async (...given) => {
        this.#underWay += 1;
        try {
          return await real.apply(subtle, given);
        } finally {
          this.#underWay -= 1;
        }
      };
    }
  }

  get busy(): boolean {
    return this.#underWay > 0;
  }

  /** Gives the platform its own back. */
  restore(): void {
    const subtle = crypto.subtle as unknown as Record<string, unknown>;
    for (const [name] of this.#real) delete subtle[name];
  }
}
