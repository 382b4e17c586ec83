import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { HttpResponse } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { callers, names } from './connection-kit.ts';
import { type Stage, stage } from './kit.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What some work leaves on the heap, as long as its result is held. Units: bytes. */
async function heapAfter(work: () => Promise<unknown>): Promise<number> {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = await work();
  collect();
  const used = process.memoryUsage().heapUsed - before;
  expect(kept).toBeDefined();
  return used;
}

/** Whether something is gone, once nobody holds it. */
async function isGone(held: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 10 && held.deref() !== undefined; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return held.deref() === undefined;
}

/** Holds a poll and forgets its request. */
async function holdPoll({ handler, join }: Stage) {
  const alice = await join('ndjson');
  await alice.does('listen', { mode: 'long-poll', subject: '/a' });
  const request = alice.request('refresh');
  const got: HttpResponse[] = [];
  handler.serve(request, { answer: (response) => void got.push(response) });
  return { got, request: new WeakRef(request) };
}

/** Listens over a connection whose peer brought a request. */
function connect(play: Stage) {
  const native = { headers: 'as many as a browser sends' };
  const header = (name: string) => (name === 'cookie' ? 'a=b' : undefined);
  const alice = callers(play).call({ native, header });
  expect(names(alice.says('join-listen', { subject: '/a' }))).toEqual(['join-listen-ack', 'heartbeat']);
  return { alice, native: new WeakRef(native) };
}

describe('what is let go of', () => {
  it('is the request of a poll that is held, whose answer comes all the same', async () => {
    const play = stage();
    const { got, request } = await holdPoll(play);
    expect(await isGone(request)).toBe(true);
    play.hub.publish('/a', 'late');
    await play.turn();
    expect(got).toMatchObject([{ status: 200, body: expect.stringContaining('"late"') }]);
  });

  it('is what a connection was opened with, where no hook can ask for it', async () => {
    const { native } = connect(stage({ authorize: { publish: true } }));
    expect(await isGone(native)).toBe(true);
  });

  it.each([
    ['a form', (fields: string, pad: string) => `${fields}&pad=${pad}`],
    [
      'an element',
      (fields: string, pad: string) =>
        `<event ${fields
          .split('&')
          .map((field) => field.replace('=', '="'))
          .join('" ')}" pad="${pad}"/>`,
    ],
  ])('is the body of a command, as %s, of which a session keeps a few words', async (_what, bodyOf) => {
    const play = stage();
    const alice = await play.join('ndjson');
    const pad = 'x'.repeat(8000);
    const used = await heapAfter(async () => {
      for (let n = 0; n < 90; n += 1) {
        const fields = `p_event=subscribe&p_id=${alice.id}&p_subject=/a-subject-of-some-length/${n}&p_label=a-label-of-some-length-${n}`;
        const { body } = await play.send({
          body: bodyOf(fields, pad + n),
          headers: { cookie: alice.cookie },
        });
        expect(body).toContain('subscribe-ack');
      }
      return play;
    });
    expect(used).toBeLessThan(400_000);
  });

  it('is not what a hook may be shown', async () => {
    const seen: unknown[] = [];
    const play = stage({
      authorize: {
        subscribe: ({ request }) => {
          seen.push(request.native);
          return true;
        },
      },
    });
    const { alice, native } = connect(play);
    expect(await isGone(native)).toBe(false);
    alice.says('subscribe', { subject: '/b' });
    expect(seen).toEqual([native.deref(), native.deref()]);
  });
});
