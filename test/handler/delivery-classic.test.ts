import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Manners, Poller } from './delivery-kit.ts';
import { stage } from './kit.ts';

// I16: an unmodified client that polls hands over every event once and in order, whatever becomes of its answers, as
// long as it is the browser or the proxy that asks again and not the client that gives up.

/** What becomes of a refresh: how often its answer is lost or broken before it arrives, and whether a ghost repeats it after. */
interface Round {
  readonly said: number;
  readonly lost: readonly ('lost' | 'broken')[];
  readonly ghost: boolean;
  readonly delayMs: number;
}

const round: fc.Arbitrary<Round> = fc.record({
  said: fc.nat(3),
  lost: fc.array(fc.constantFrom('lost', 'broken'), { maxLength: 2 }),
  ghost: fc.boolean(),
  delayMs: fc.nat(1500),
});

async function life(rounds: readonly Round[], manners: Manners, ghosts: boolean): Promise<void> {
  const world = stage({}, { heartbeatMs: 100 });
  const poller = new Poller(world, manners);
  await poller.starts('/a', 'poll');
  const handed: string[] = [];
  let said = 0;
  for (const { said: more, lost, ghost, delayMs } of [
    ...rounds,
    { said: 0, lost: [], ghost: false, delayMs: 0 },
  ]) {
    for (let n = 1; n <= more; n += 1) world.hub.publish('/a', { x: String(said + n) });
    said += more;
    for (const fate of lost) {
      if (fate === 'lost') await poller.loses();
      else await poller.breaks();
      await world.advance(delayMs);
    }
    const before = poller.request();
    const text = await poller.refreshes();
    if (text !== '') handed.push(...text.split(' '));
    if (ghost && ghosts) await poller.loses(before);
    await world.advance(6000);
  }
  expect(handed).toEqual(Array.from({ length: said }, (_, index) => String(index + 1)));
}

describe('an unmodified client that polls', () => {
  const runs = { numRuns: 100 * Number(process.env['FC_RUNS'] ?? 1) };

  it.each<[string, Manners, boolean]>([
    ['keeps cookies', { cookies: true }, true],
    ['keeps cookies and connections', { cookies: true, keepAlive: true }, true],
    ['keeps neither and waits as it is told', { cookies: false }, false],
  ])(
    'hands over every event once and in order when it %s',
    async (_what, manners, ghosts) => {
      await fc.assert(
        fc.asyncProperty(fc.array(round, { maxLength: 8 }), (rounds) => life(rounds, manners, ghosts)),
        runs,
      );
    },
    30_000,
  );
});
