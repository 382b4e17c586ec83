import { randomInt } from 'node:crypto';
import { entriesToText } from '../../packages/core/src/frame-text.ts';
import type { StagedNode } from '../../packages/testkit/src/engine-stage.ts';
import { eventOf } from '../../packages/testkit/src/engine-stage.ts';
import { keys } from './engine.ts';

type Command = readonly (string | Buffer)[];

/** Where a node's reader stands. */
export interface Stand {
  readonly epoch: string;
  readonly at: number;
  readonly tag: number;
}

/** Where a node stands by what it has been told. */
export function standOf({ sink }: StagedNode): Stand {
  const last = sink.frames.at(-1);
  if (last === undefined) throw new Error('the node has no frame');
  return { epoch: last.epoch, at: last.first + last.entries.length - 1, tag: last.tag };
}

/** The commands that put one event behind a place, as a node would: for histories that no node has written. */
export function further({ epoch, at, tag }: Stand, subject: string): { commands: Command[]; stand: Stand } {
  const next = { epoch, at: at + 1, tag: randomInt(2 ** 32) };
  const head = [epoch, tag, next.tag, 'somebody00000', 1_000_000 + next.at, 1, Date.now()].join(' ');
  const text = entriesToText([eventOf(subject)]);
  const place = ['last', String(next.at), 'tag', String(next.tag)];
  return {
    commands: [
      ['XADD', keys.log, `1-${next.at}`, 'h', head, 'f', text],
      ['HSET', keys.meta, ...place],
    ],
    stand: next,
  };
}
