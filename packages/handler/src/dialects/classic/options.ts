import { classicFormats, type Format, type FormatName } from '@cometkit/codec';
import { choice, count, type RulesOf } from '@cometkit/core/check-options';

/** When a client that acknowledges nothing gets an answer again. */
export type ClassicRedelivery = 'retry-only' | 'always' | 'off';

/** Options for clients of the original protocol. */
export interface ClassicOptions {
  /**
   * The format for such clients that name none.
   *
   * @defaultValue `js`, as in the original
   */
  readonly format?: FormatName;
  /**
   * How such a client proves its identity if it keeps no cookies: by its network address, or not at all, in which case
   * it is refused.
   *
   * @defaultValue `address`
   */
  readonly cookieless?: 'address' | 'refuse';
  /**
   * How long a silent session of such a client lives; the hub's `leaseMs` applies if it is longer.
   *
   * @defaultValue 300 000 ms, as in the original Pushlet
   */
  readonly classicLeaseMs?: number;
  /**
   * What a long-poll or poll client that acknowledges nothing gets when it comes back: `retry-only`, the same answer if
   * it is back too early to have read it; `always`, every answer twice; `off`, never a repeat, as in the original
   * Pushlet.
   *
   * @defaultValue `retry-only`
   */
  readonly classicRedelivery?: ClassicRedelivery;
}

/** The options with all defaults filled in. */
export interface ClassicSettings {
  readonly format: Format;
  readonly cookieless: 'address' | 'refuse';
  readonly classicLeaseMs: number;
  readonly redelivery: ClassicRedelivery;
}

/** The rule of each option. */
export const classicRules: RulesOf<ClassicOptions> = {
  format: choice(...classicFormats.keys()),
  cookieless: choice('address', 'refuse'),
  classicLeaseMs: count,
  classicRedelivery: choice('retry-only', 'always', 'off'),
};

/** Fills in the defaults. */
export function classicSettings(options: ClassicOptions): ClassicSettings {
  const { format = 'js', cookieless = 'address', classicLeaseMs = 300_000 } = options;
  const { classicRedelivery: redelivery = 'retry-only' } = options;
  return { format: classicFormats.get(format) as Format, cookieless, classicLeaseMs, redelivery };
}
