import { type Production, talkOf } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Client, type Stage, stage } from '../kit.ts';

/** A source whose runs a test looks into. */
class Sensors {
  readonly running = new Map<string, Production>();
  readonly started: string[] = [];
  #push = new Map<string, (value: unknown) => void>();

  readonly produce = async function* (this: Sensors, wanted: Production): AsyncGenerator<unknown> {
    const id = wanted.params['id'] ?? '';
    this.started.push(id);
    this.running.set(id, wanted);
    try {
      while (!wanted.signal.aborted) {
        yield await new Promise((resolve) => {
          this.#push.set(id, resolve);
          wanted.signal.addEventListener('abort', () => resolve('too late'));
        });
      }
    } finally {
      this.running.delete(id);
    }
  }.bind(this);

  reads(id: string, value: unknown): void {
    this.#push.get(id)?.(value);
  }
}

async function scene(): Promise<{
  play: Stage;
  sensors: Sensors;
  ann: Client;
  bob: Client;
  stop: () => void;
}> {
  const play = stage();
  const sensors = new Sensors();
  const stop = talkOf(play.hub).source('/sensors/:id', sensors.produce);
  return { play, sensors, ann: await play.join('ndjson'), bob: await play.join('ndjson'), stop };
}

const sidOf = (body: string): string => JSON.parse(body).subscription;

describe('a source', () => {
  it('runs from the first listener of its subject to the last', async () => {
    const { play, sensors, ann, bob } = await scene();
    expect(sensors.started).toEqual([]);
    const first = await ann.does('subscribe', { subject: '/sensors/7' });
    const second = await bob.does('subscribe', { subject: '/other,/sensors/7' });
    await play.turn();
    expect(sensors.started).toEqual(['7']);
    sensors.reads('7', { celsius: 21 });
    await play.turn();
    const stream = await ann.does('listen', { mode: 'stream' });
    await play.turn();
    expect(stream.outlet.text).toContain('{"celsius":21}');
    await ann.does('unsubscribe', { subscription: sidOf(first.body) });
    await play.turn();
    expect([...sensors.running.keys()]).toEqual(['7']);
    await bob.does('unsubscribe', { subscription: sidOf(second.body) });
    await play.turn();
    expect([...sensors.running.keys()]).toEqual([]);
    await bob.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    expect(sensors.started).toEqual(['7', '7']);
  });

  it('stops when the session of its last listener ends, and publishes nothing more', async () => {
    const { play, sensors, ann, bob } = await scene();
    await ann.does('subscribe', { subject: '/sensors/7' });
    const open = await bob.does('listen', { mode: 'stream', subject: '/sensors/8' });
    await play.turn();
    expect(sensors.started).toEqual(['7', '8']);
    await ann.does('leave');
    await play.turn();
    expect([...sensors.running.keys()]).toEqual(['8']);
    expect(open.outlet.text).not.toContain('too late');
  });

  it('is not started by a wildcard, which gets what runs', async () => {
    const { play, sensors, ann, bob } = await scene();
    await ann.does('subscribe', { subject: '/sensors/*' });
    await ann.does('subscribe', { subject: '/sensors' });
    await play.turn();
    expect(sensors.started).toEqual([]);
    await bob.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    expect(sensors.started).toEqual(['7']);
    await bob.does('leave');
    await play.turn();
    // Ann still gets it.
    expect([...sensors.running.keys()]).toEqual(['7']);
  });

  it('that throws is reported, and starts again with the next subscription', async () => {
    const play = stage();
    let starts = 0;
    talkOf(play.hub).source('/sensors/:id', () => {
      starts += 1;
      throw new Error('no such sensor');
    });
    const ann = await play.join('ndjson');
    await ann.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    await ann.does('subscribe', { subject: '/sensors/7', label: 'again' });
    await play.turn();
    expect([starts, play.errors.map(String)]).toEqual([
      2,
      ['Error: no such sensor', 'Error: no such sensor'],
    ]);
  });

  it('serves those who listened before it was made, and stops everything when it ends', async () => {
    const play = stage();
    const sensors = new Sensors();
    const ann = await play.join('ndjson');
    await ann.does('subscribe', { subject: '/sensors/7' });
    const stop = talkOf(play.hub).source('/sensors/:id', sensors.produce);
    await play.turn();
    expect([...sensors.running.keys()]).toEqual(['7']);
    stop();
    await play.turn();
    expect([...sensors.running.keys()]).toEqual([]);
    await ann.does('subscribe', { subject: '/sensors/8' });
    await play.turn();
    expect(sensors.started).toEqual(['7']);
  });

  it('stops when the hub closes', async () => {
    const { play, sensors, ann } = await scene();
    await ann.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    play.hub.close();
    await play.turn();
    expect([...sensors.running.keys()]).toEqual([]);
  });

  it('that waits for what never comes is released, and runs anew for the next listener', async () => {
    const play = stage();
    let [starts, released] = [0, 0];
    talkOf(play.hub).source('/sensors/:id', () => {
      starts += 1;
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => undefined),
          return: async () => {
            released += 1;
            return { done: true, value: undefined };
          },
        }),
      };
    });
    const ann = await play.join('ndjson');
    const { body } = await ann.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    await ann.does('unsubscribe', { subscription: sidOf(body) });
    await play.turn();
    expect([starts, released]).toEqual([1, 1]);
    await ann.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    expect([starts, released]).toEqual([2, 1]);
  });

  it('that never waits leaves others their turn, and stops', async () => {
    const play = stage();
    let published = 0;
    talkOf(play.hub).source('/sensors/:id', function* () {
      for (;;) {
        published += 1;
        yield published;
      }
    });
    const ann = await play.join('ndjson');
    await ann.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    await ann.does('leave');
    await play.turn();
    const before = published;
    await play.turn();
    expect([published > 0, published === before, published < 1000]).toEqual([true, true, true]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws behind its first value',
      async function* () {
        yield 1;
        throw new Error('unplugged');
      },
      'Error: unplugged',
    ],
    ['is a plain async function', async () => 1, 'TypeError: a producer returns what can be iterated'],
    ['returns nothing', () => undefined, 'TypeError: a producer returns what can be iterated'],
    ['returns a text', () => 'text', 'TypeError: a producer returns what can be iterated'],
    ['yields what JSON cannot carry', () => [1n], 'CometError'],
  ])('that %s is reported once, and the process goes on', async (_what, produce, error) => {
    const play = stage();
    talkOf(play.hub).source('/sensors/:id', produce as never);
    const ann = await play.join('ndjson');
    await ann.does('subscribe', { subject: '/sensors/7' });
    await play.turn();
    await ann.does('leave');
    await play.turn();
    expect(play.errors.map(String)).toEqual([expect.stringContaining(error)]);
  });

  it('is reported when it fails to release what it holds, but not when it gives up as its signal says', async () => {
    const play = stage();
    const talk = talkOf(play.hub);
    talk.source('/broken', () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: () => Promise.reject(new Error('cannot close')),
      }),
    }));
    talk.source('/polite', async function* ({ signal }) {
      yield await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    });
    talk.source('/early', async function* () {
      yield 1;
    });
    const ann = await play.join('ndjson');
    await ann.does('subscribe', { subject: '/broken,/polite,/early' });
    await play.turn();
    await ann.does('leave');
    await play.turn();
    expect(play.errors.map(String)).toEqual(['Error: cannot close']);
  });
});
