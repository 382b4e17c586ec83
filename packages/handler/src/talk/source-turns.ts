import type { Hub } from '@cometkit/core';
import { rollNodeOf } from '../roll/roll-of.ts';
import { sourceRoot } from '../roll/roots.ts';
import { systemRuntime } from '../runtime.ts';

/** Says at which of many nodes the source of a subject runs: at the first of those who want it. */
export interface Turns {
  /** Somebody listens at this node. */
  want(subject: string): void;
  /** Nobody does any more. */
  leave(subject: string): void;
  isMine(subject: string): boolean;
  /** Calls back when that may have changed: for a subject, or for all. @returns a function that ends it. */
  watch(listener: (subject: string | undefined) => void): () => void;
}

/**
 * @param template - of the source: several may have a subject.
 * @returns undefined for a hub that is alone.
 */
export function turnsOf(hub: Hub, template: string): Turns | undefined {
  const roll = rollNodeOf(hub, systemRuntime());
  if (roll === undefined) return undefined;
  const self = { id: `${roll.node} ${template}` };
  const firstAt = (subject: string) =>
    roll.register.members(sourceRoot + subject).find(({ id }) => id.endsWith(` ${template}`));
  return {
    want: (subject) => roll.joined(sourceRoot + subject, self),
    leave: (subject) => roll.left(sourceRoot + subject, self),
    isMine: (subject) => firstAt(subject)?.id === self.id,
    watch: (listener) =>
      roll.watch((told) => {
        if (told === undefined) listener(undefined);
        else if (told.startsWith(`${sourceRoot}/`)) listener(told.slice(sourceRoot.length));
      }),
  };
}
