import type { CometEvent } from './event.ts';
import type { LastValuesLimits } from './options.ts';
import { type PatternLimits, type PatternPart, parsePattern, partMatches } from './pattern.ts';
import type { Subscription } from './subscription.ts';

/**
 * The newest event of each subject of some patterns, for longer than the log holds it: loud subjects push nothing quiet out of here.
 *
 * @remarks What was published longest ago gives way where there is no room.
 */
export class LastValues {
  readonly #parts: readonly PatternPart[];
  readonly #limits: LastValuesLimits;
  // By subject; the one that was published longest ago is first.
  readonly #events = new Map<string, CometEvent>();
  #bytes = 0;

  /** @throws {RangeError} one of the patterns is none. */
  constructor(limits: LastValuesLimits, patternLimits: PatternLimits) {
    this.#limits = limits;
    this.#parts = limits.patterns.flatMap((pattern) => partsOf(pattern, patternLimits));
  }

  /** Keeps an event that has just been published, if it is one of these. */
  note(event: CometEvent): void {
    const { subject, scope } = event;
    if (scope !== 'subject' || !this.#parts.some((part) => partMatches(part, subject))) return;
    this.#drop(this.#events.get(subject));
    const { maxSubjects, maxBytes } = this.#limits;
    // What can never fit pushes nothing else out.
    if (event.bytes > maxBytes) return;
    this.#events.set(subject, event);
    this.#bytes += event.bytes;
    for (const oldest of this.#events.values()) {
      if (this.#events.size <= maxSubjects && this.#bytes <= maxBytes) break;
      this.#drop(oldest);
    }
  }

  /**
   * Finds the last values that a subscription matches and that the log has let go of.
   *
   * @param base - the last position that the log no longer holds.
   * @returns oldest first.
   */
  matching(subscription: Subscription, base: number): readonly CometEvent[] {
    const until = Math.min(base, subscription.began);
    const found: CometEvent[] = [];
    for (const event of this.#events.values()) {
      if (event.position > until) break;
      if (subscription.matches(event.subject)) found.push(event);
    }
    return found;
  }

  #drop(event: CometEvent | undefined): void {
    if (event === undefined) return;
    this.#events.delete(event.subject);
    this.#bytes -= event.bytes;
  }
}

function partsOf(pattern: string, limits: PatternLimits): readonly PatternPart[] {
  try {
    return parsePattern(pattern, 'path', limits);
  } catch (cause) {
    throw new RangeError(
      `option \`lastValues.patterns\` holds ${JSON.stringify(pattern)}, which is no pattern`,
      {
        cause,
      },
    );
  }
}
