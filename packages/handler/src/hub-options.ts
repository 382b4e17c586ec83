import { type HubOptions as CoreHubOptions, hubRules as coreHubRules } from '@cometkit/core';
import type { RulesOf } from '@cometkit/core/check-options';
import { type Logger, loggerRule } from './logger.ts';

/** What a hub can be told at creation: its limits, and whom it warns. */
export type HubOptions = CoreHubOptions & {
  /**
   * Told of gaps for want of room, of sessions ended by an overflow and of an event loop that stands still, each kind once in
   * ten minutes. False for nobody.
   *
   * @defaultValue the console
   */
  readonly logger?: Logger | false;
};

/**
 * What each option of a hub may be.
 *
 * @internal
 */
export const hubRules: RulesOf<HubOptions> = { ...coreHubRules, logger: loggerRule };
