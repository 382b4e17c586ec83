import { beforeEach, describe, expect, it } from 'vitest';
import type { EventDraft } from '../../packages/core/src/event.ts';
import { TailLog } from '../../packages/core/src/tail-log.ts';

function draft(json: string): EventDraft {
  return { subject: '/a', time: 0, from: undefined, scope: 'subject', to: undefined, json };
}

/** Who comes from a life of the log that came and went without this node. */
describe('a cursor of a life that a node never saw', () => {
  let log: TailLog;

  beforeEach(() => {
    log = new TailLog({ maxEvents: 1000, maxBytes: 1e9, maxAgeMs: 1e9 });
    log.begin('1seen', 1023, 7);
    for (const position of [1024, 2048, 3072]) log.append(draft('1'), position, position, 0);
  });

  const resume = (position: number) => log.resumeAfter({ epoch: '1other', position, tag: 5 });

  it('goes on at the tail, because its client may have had what has numbers like its own', () => {
    expect(resume(2048)).toBe(3072);
  });

  it('goes on at the tail where that life began at the same number, too: its client may have come from here', () => {
    expect(resume(1023)).toBe(3072);
  });

  it('goes on where the life begins that followed', () => {
    log.renew('2next', 9000, 8, 0);
    log.append(draft('2'), 9001, 9, 0);
    for (const position of [1023, 2048, 3072]) expect(resume(position)).toBe(9000);
  });

  it('goes on at the beginning of the first life that began behind its place', () => {
    expect(resume(1000)).toBe(1023);
    log.renew('2next', 9000, 8, 0);
    expect(resume(1000)).toBe(1023);
  });

  it('goes on at the tail when it has come further than this log: nobody can say what its client has had', () => {
    expect(resume(50_000)).toBe(3072);
  });
});
