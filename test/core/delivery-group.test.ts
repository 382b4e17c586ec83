import type { HubOptions, JoinOptions, Session } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Turn } from './group-kit.ts';
import { runs, World } from './kit.ts';

/** A hub whose readers are served at the end of each turn. */
class Theatre extends World {
  readonly turn: Turn;
  readonly readers: Reader[] = [];

  constructor(options: HubOptions = {}, together = true) {
    super(options);
    this.turn = new Turn(this.hub, together);
  }

  reader(...patterns: readonly string[]): Reader {
    return this.readerOf({}, ...patterns);
  }

  readerOf(options: JoinOptions, ...patterns: readonly string[]): Reader {
    const reader = new Reader(this.hub.join(options), this.turn);
    for (const pattern of patterns) this.hub.subscribe(reader.session, pattern);
    this.hub.attach(reader.session, reader);
    this.readers.push(reader);
    return reader;
  }

  /** Publishes, and serves everybody. */
  tells(subject: string, times = 1): void {
    this.floods(subject, times);
    this.turn.flush();
  }
}

function crowd(count: number, options: HubOptions = {}): { theatre: Theatre; readers: Reader[] } {
  const theatre = new Theatre(options);
  const readers = Array.from({ length: count }, () => theatre.reader('/a'));
  theatre.tells('/a');
  return { theatre, readers };
}

function groupedOf(readers: readonly Reader[]): boolean[] {
  return readers.map(({ session }) => session.grouped);
}

describe('a delivery group', () => {
  it('takes in whoever has everything and wants the same, and gives all of them the same batch', () => {
    const { theatre, readers } = crowd(3);
    expect(groupedOf(readers)).toEqual([true, true, true]);
    theatre.tells('/a', 2);
    expect(theatre.turn.shared).toBe(1);
    for (const { given } of readers) expect(given).toEqual(['1', '2', '3']);
  });

  it('counts what was given as received, and lets each member tell so', () => {
    const { theatre, readers } = crowd(2);
    theatre.tells('/a', 2);
    for (const { session } of readers) {
      expect([session.acked, session.taken, session.cursor]).toEqual([3, 3, theatre.hub.cursor()]);
      expect(session.queued.size).toBe(0);
    }
    expect(theatre.hub.stats()).toMatchObject({ taken: 6, queuedEvents: 0, queuedBytes: 0 });
  });

  it('is made for one as well', () => {
    const { theatre, readers } = crowd(1);
    expect(groupedOf(readers)).toEqual([true]);
    theatre.tells('/a', 2);
    expect(readers[0]?.given).toEqual(['1', '2', '3']);
  });

  it('is of one pattern, whoever acknowledges', () => {
    const theatre = new Theatre();
    const readers = ['/a', '/a', '/a/*', '/a/*', '/a,/b', '/a,/b'].map((pattern) => theatre.reader(pattern));
    const [first, second] = [theatre.reader('/a'), theatre.reader('/a')];
    first.session.acknowledges = second.session.acknowledges = true;
    theatre.tells('/a/x');
    expect(groupedOf(theatre.readers)).toEqual(theatre.readers.map(() => true));
    theatre.tells('/b');
    theatre.tells('/a/x');
    expect(readers.map(({ given }) => given.join(' '))).toEqual([
      '1 3',
      '1 3',
      '1 3',
      '1 3',
      '1 2 3',
      '1 2 3',
    ]);
    expect([first.session.queued.size, second.session.queued.size]).toEqual([2, 2]);
  });

  it('does not take in who is owed something', () => {
    const { theatre, readers } = crowd(3);
    const [, second] = readers as [Reader, Reader];
    second.slow = true;
    theatre.tells('/a');
    theatre.tells('/a');
    expect(groupedOf(readers)).toEqual([true, false, true]);
    expect([second.session.acked, second.session.taken]).toEqual([1, 2]);
    second.slow = false;
    second.drain();
    theatre.tells('/a');
    expect(groupedOf(readers)).toEqual([true, true, true]);
    for (const { given } of readers) expect(given).toEqual(['1', '2', '3', '4']);
  });

  it('takes in who has other subscriptions too, of which each has its own', () => {
    const theatre = new Theatre();
    const readers = [1, 2, 3].map((n) => theatre.reader('/news', `/users/${n}`));
    theatre.turn.flush();
    for (const reader of readers) reader.flush(5);
    expect(groupedOf(readers)).toEqual([true, true, true]);
    theatre.tells('/news');
    theatre.tells('/users/2');
    theatre.tells('/news');
    expect(theatre.turn.shared).toBe(2);
    expect(groupedOf(readers)).toEqual([true, true, true]);
    expect(readers.map(({ given }) => given.join(' '))).toEqual(['1 3', '1 2 3', '1 3']);
    for (const { session, given } of readers) {
      expect([session.acked, session.taken, session.queued.size]).toEqual([3, 3, 0]);
      expect(given.at(-1)).toBe('3');
    }
  });

  it('gives those who have something in several of them all of it in the order of the log, each event once', () => {
    const theatre = new Theatre();
    const [first, second, third] = ['/a', '/b', '/c'].map((own) => theatre.reader('/news', own, `${own}/*`));
    for (const reader of theatre.readers) reader.flush(5);
    for (const subject of ['/a', '/news', '/b', '/a/x', '/news', '/a']) theatre.hub.publish(subject, 1);
    theatre.turn.flush();
    expect(first?.given).toEqual(['1', '2', '4', '5', '6']);
    expect(second?.given).toEqual(['2', '3', '5']);
    expect(third?.given).toEqual(['2', '5']);
    expect(groupedOf(theatre.readers)).toEqual([true, true, true]);
  });

  it('counts what is on its way from a sink as received when that has drained, and not before', () => {
    const theatre = new Theatre();
    const readers = [theatre.reader('/a', '/b'), theatre.reader('/a')];
    for (const reader of readers) {
      reader.flush(5);
      reader.lingers = true;
    }
    theatre.tells('/a');
    theatre.tells('/b');
    const [first, second] = readers as [Reader, Reader];
    expect(groupedOf(readers)).toEqual([true, true]);
    expect([first.session.acked, first.session.taken, first.session.queued.size]).toEqual([0, 2, 2]);
    first.drain();
    expect([first.session.acked, first.session.taken, first.session.queued.size]).toEqual([2, 2, 0]);
    expect([second.session.acked, second.session.queued.size]).toEqual([0, 1]);
    second.attach(theatre.hub, undefined);
    theatre.turn.flush();
    expect(second.given).toEqual(['1', 'again', '1']);
    expect(theatre.hub.stats().queuedEvents).toBe(1);
    second.drain();
    expect(theatre.hub.stats().queuedEvents).toBe(0);
  });

  it('lets a member go with what it was not given, when it is asked in the middle of a turn', () => {
    const { theatre, readers } = crowd(3);
    theatre.hub.publish('/a', 2);
    const [first, second] = readers as [Reader, Reader];
    expect([first.session.acked, first.session.queued.size]).toEqual([1, 1]);
    theatre.hub.send(second.session.id, '/note', 1);
    theatre.turn.flush();
    expect(readers.map(({ given }) => given.join(' '))).toEqual(['1 2', '1 2 3', '1 2']);
  });

  it('knows in the middle of a delivery who was given the batch and who was not', () => {
    const { theatre, readers } = crowd(4);
    const asked: string[] = [];
    const [first, second, third] = readers as [Reader, Reader, Reader];
    // What is written to may ask back.
    second.onGive = () => {
      for (const { session } of [first, third]) asked.push(`${session.acked} ${session.queued.size}`);
    };
    theatre.tells('/a');
    theatre.tells('/a');
    expect(asked.slice(0, 2)).toEqual(['2 0', '1 1']);
    for (const { given } of readers) expect(given).toEqual(['1', '2', '3']);
  });

  it('takes nobody in while something waits for its members', () => {
    const { theatre, readers } = crowd(2);
    const late = theatre.reader('/a');
    theatre.hub.publish('/a', 2);
    late.flush(5);
    expect([late.given, late.session.grouped]).toEqual([['2'], false]);
    theatre.turn.flush();
    theatre.tells('/a');
    theatre.tells('/a');
    expect(groupedOf([...readers, late])).toEqual([true, true, true]);
    expect(late.given).toEqual(['2', '3', '4']);
  });

  it('stands where each member stood before anything was given', () => {
    const { theatre, readers } = crowd(2);
    theatre.floods('/other', 5);
    const late = theatre.reader('/a');
    const { cursor } = late.session;
    theatre.tells('/a');
    theatre.tells('/other');
    expect(late.session.cursor).not.toBe(cursor);
    expect([late.session.acked, readers[0]?.session.acked]).toEqual([7, 7]);
  });

  it('ends when its last member has gone, and another can be made', () => {
    const { theatre, readers } = crowd(2);
    for (const { session } of readers) theatre.hub.leave(session);
    expect(theatre.hub.stats().subscriptions).toBe(0);
    const others = [theatre.reader('/a'), theatre.reader('/a')];
    theatre.tells('/a');
    theatre.tells('/a');
    for (const { given } of others) expect(given).toEqual(['2', '3']);
    expect(groupedOf(others)).toEqual([true, true]);
  });

  it('closes its ranks when most have gone', () => {
    const { theatre, readers } = crowd(200);
    for (const { session } of readers.slice(0, 190)) theatre.hub.leave(session);
    theatre.tells('/a', 2);
    for (const reader of readers.slice(190)) {
      theatre.hub.leave(reader.session);
      expect(reader.given).toEqual(['1', '2', '3']);
    }
    for (const { given } of readers.slice(0, 190)) expect(given).toEqual(['1']);
  });

  it('gives what is for everybody to its members too', () => {
    const { theatre, readers } = crowd(3);
    theatre.hub.broadcast('/news', 1);
    theatre.turn.flush();
    expect(groupedOf(readers)).toEqual([true, true, true]);
    for (const { given } of readers) expect(given).toEqual(['1', '2']);
  });

  it('counts a write of all as one of each for the heartbeats', () => {
    const { theatre, readers } = crowd(2);
    theatre.advance(15_000);
    theatre.tells('/a');
    theatre.advance(15_000);
    expect(readers.flatMap(({ heard }) => heard)).toEqual([]);
    theatre.advance(5100);
    expect(readers.map(({ heard }) => heard)).toEqual([['idle'], ['idle']]);
  });

  it('lets everybody go when it holds too much, and each minds its own', () => {
    const { theatre, readers } = crowd(2, { queueLimit: 4, overflow: 'spill' });
    theatre.floods('/a', 9);
    expect(theatre.hub.stats()).toMatchObject({ overflows: 2 });
    theatre.turn.flush();
    theatre.turn.flush();
    for (const { given } of readers)
      expect(given).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  });

  it('lets clients that acknowledge go before they owe more than a queue holds', () => {
    const theatre = new Theatre({ queueLimit: 8 });
    const readers = [theatre.reader('/a'), theatre.reader('/a')];
    for (const { session } of readers) session.acknowledges = true;
    for (let n = 0; n < 20; n += 1) theatre.tells('/a');
    for (const { session, given } of readers) {
      expect(given).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
      expect([session.queued.size, session.acked, session.taken]).toEqual([8, 0, 8]);
    }
    expect(theatre.turn.shared).toBeGreaterThan(1);
  });

  it('counts what clients have not acknowledged against the bounds of the hub, once for all of them', () => {
    const theatre = new Theatre();
    const readers = [theatre.reader('/a'), theatre.reader('/a')];
    for (const { session } of readers) session.acknowledges = true;
    for (let n = 0; n < 4; n += 1) theatre.tells('/a');
    expect(theatre.hub.stats().queuedEvents).toBe(2 + 3);
    for (const { session } of readers) expect(session.queued.size).toBe(4);
    for (const { session } of readers) theatre.hub.leave(session);
    expect(theatre.hub.stats()).toMatchObject({ queuedEvents: 0, queuedBytes: 0 });
  });

  it('gives a client that comes back what it has not acknowledged', () => {
    const theatre = new Theatre();
    const readers = [theatre.reader('/a'), theatre.reader('/a')];
    for (const { session } of readers) session.acknowledges = true;
    for (let n = 0; n < 5; n += 1) theatre.tells('/a');
    const [first] = readers as [Reader];
    theatre.hub.acknowledge(first.session, first.cursors[2] ?? '');
    expect([first.session.acked, first.session.unackedSince]).toEqual([3, theatre.runtime.time]);
    first.attach(theatre.hub, first.cursors[3]);
    theatre.turn.flush();
    expect(first.given).toEqual(['1', '2', '3', '4', '5', 'again', '5']);
  });

  it('lets the silence of its members be noticed', () => {
    const theatre = new Theatre({ ackTimeoutMs: 30_000 });
    const readers = [theatre.reader('/a'), theatre.reader('/a')];
    for (const { session } of readers) session.acknowledges = true;
    theatre.tells('/a');
    theatre.tells('/a');
    theatre.advance(31_000);
    for (const { heard } of readers) expect(heard).toContain('unresponsive');
  });
});

describe('the writer of a group', () => {
  it('is reported when it throws on being woken, and everybody minds his own', () => {
    const { theatre, readers } = crowd(2);
    const errors: string[] = [];
    theatre.hub.on('error', (error, where) => errors.push(`${(error as Error).message}, ${where}`));
    theatre.turn.onWake = () => {
      throw new Error('asleep');
    };
    theatre.floods('/a', 1);
    expect(errors).toEqual(['asleep, the writer of a group']);
    expect(groupedOf(readers)).toEqual([false, false]);
    theatre.turn.flush();
    for (const { given } of readers) expect(given).toEqual(['1', '2']);
  });

  it('may throw in the middle: who was given the batch is not given it again', () => {
    const { theatre, readers } = crowd(3);
    const [, second] = readers as [Reader, Reader];
    second.onGive = () => {
      second.onGive = () => undefined;
      throw new Error('half-way');
    };
    expect(() => theatre.tells('/a')).toThrow('half-way');
    expect(groupedOf(readers)).toEqual([false, false, false]);
    theatre.turn.flush();
    for (const { given } of readers) expect(given).toEqual(['1', '2']);
  });

  it('may throw while those who leave make others leave', () => {
    const { theatre, readers } = crowd(5);
    const [first, second, third, fourth] = readers as [Reader, Reader, Reader, Reader];
    first.onGive = () => {
      first.onGive = () => undefined;
      throw new Error('at once');
    };
    const { wake } = second;
    second.wake = () => {
      wake.call(second);
      for (const { session } of [third, fourth]) expect(session.acked).toBe(1);
    };
    expect(() => theatre.tells('/a')).toThrow('at once');
    expect(theatre.hub.stats()).toMatchObject({ grouped: 0, queuedEvents: 5 });
    theatre.turn.flush();
    theatre.tells('/a');
    for (const { given } of readers) expect(given).toEqual(['1', '2', '3']);
    for (const { session } of readers) theatre.hub.leave(session);
    expect(theatre.hub.stats()).toMatchObject({ grouped: 0, queuedEvents: 0, subscriptions: 0 });
  });

  it('gets the same batch until it has delivered it, and none while it does', () => {
    const { theatre, readers } = crowd(2);
    theatre.floods('/a', 3);
    const [group] = theatre.turn.waiting;
    const [first] = readers as [Reader];
    expect([group?.take(2, 1e9).length, group?.take(1, 1e9).length]).toEqual([2, 2]);
    let inside = -1;
    first.onGive = () => {
      inside = group?.take(2, 1e9).length ?? -1;
    };
    theatre.turn.flush();
    expect(inside).toBe(0);
    for (const { given } of readers) expect(given).toEqual(['1', '2', '3', '4']);
  });
});

type Step = readonly [
  (
    | 'publish'
    | 'broadcast'
    | 'send'
    | 'tell'
    | 'slow'
    | 'drain'
    | 'flush'
    | 'ack'
    | 'lose'
    | 'attach'
    | 'resume'
    | 'also'
    | 'less'
    | 'linger'
    | 'instead'
    | 'revoke'
    | 'promise'
    | 'look'
    | 'glance'
    | 'leave'
  ),
  number,
];

// More often what all of them want.
const subjects = ['/a', '/a', '/a', '/b', '/a/x', '/own/1', '/own/3'];
const wanted = ['/b', '/a/*', '/own/1', '/b/y,/own/3', '/'];

// Plays the same life of some readers, served together or one by one.
function play(
  steps: readonly Step[],
  options: HubOptions,
  together: boolean,
  look: (session: Session) => void = () => undefined,
  slice = Number.POSITIVE_INFINITY,
): { lives: unknown; left: readonly number[]; shared: number; halves: number; seated: readonly string[] } {
  const theatre = new Theatre({ ...options, log: { maxEvents: 1000 } }, together);
  const { hub, turn } = theatre;
  turn.slice = slice;
  const readers = Array.from({ length: 4 }, (_, n) =>
    theatre.readerOf({ principal: `p${n % 2}` }, '/a', ...(n % 2 === 0 ? [] : [`/own/${n}`])),
  );
  const seated: string[] = [];
  for (const [name, n] of steps) {
    for (const { session } of readers) look(session);
    seated.push(readers.map(({ session }) => Number(session.grouped)).join(''));
    const reader = readers[n % readers.length] as Reader;
    const { session } = reader;
    if (session.closed && name !== 'flush') continue;
    if (name === 'publish') theatre.floods(subjects[n % subjects.length] ?? '/a', 1 + (n % 7));
    else if (name === 'broadcast') hub.broadcast('/all', n);
    else if (name === 'send') hub.send(session.id, '/own', n);
    else if (name === 'tell') hub.sendToPrincipal(`p${n % 2}`, '/own', n);
    else if (name === 'slow') reader.slow = !reader.slow;
    else if (name === 'drain') reader.drain();
    else if (name === 'flush') turn.flush(1 + (n % 6));
    else if (name === 'ack') hub.acknowledge(session, reader.cursors.at(-1 - (n % 3)) ?? '');
    else if (name === 'lose') hub.detach(session, reader);
    else if (name === 'attach') reader.attach(hub, undefined);
    else if (name === 'resume') reader.attach(hub, reader.cursors.at(-1 - (n % 3)));
    else if (name === 'also') hub.subscribe(session, wanted[n % wanted.length] ?? '/b');
    else if (name === 'less') {
      const { subscriptions } = session;
      if (subscriptions.length > 1) hub.unsubscribe(session, subscriptions[n % subscriptions.length]?.id);
    } else if (name === 'linger') reader.lingers = !reader.lingers;
    else if (name === 'instead') {
      hub.unsubscribe(session);
      hub.subscribe(session, '/a');
    } else if (name === 'revoke') {
      hub.revoke(session);
      hub.subscribe(session, '/a');
    } else if (name === 'promise') session.acknowledges = true;
    else if (name === 'look')
      reader.given.push(`has ${session.queued.size} at ${session.taken} ${session.acked}`);
    else if (name === 'glance') reader.given.push(`has ${session.queued.size} ${session.queued.bytes}`);
    else if (n % 5 === 0) hub.leave(session);
  }
  for (const reader of readers) {
    reader.slow = reader.lingers = false;
    reader.drain();
  }
  turn.slice = Number.POSITIVE_INFINITY;
  for (let rounds = 0; rounds < 50; rounds += 1) turn.flush();
  const lives = readers.map(({ session, given, heard }) => ({
    given,
    heard,
    place: [session.acked, session.taken, session.cursor, session.queued.size],
  }));
  for (const { session } of readers) hub.leave(session);
  const { queuedEvents, queuedBytes, subscriptions, grouped, sessionBytes } = hub.stats();
  return {
    lives,
    left: [queuedEvents, queuedBytes, subscriptions, grouped, sessionBytes],
    shared: turn.shared,
    halves: turn.halves,
    seated,
  };
}

const weights: Partial<Record<Step[0], number>> = {
  publish: 12,
  flush: 14,
  slow: 1,
  leave: 1,
  also: 1,
  revoke: 1,
};
const names = [
  'publish',
  'broadcast',
  'send',
  'tell',
  'slow',
  'drain',
  'flush',
  'ack',
  'lose',
  'attach',
  'resume',
  'also',
  'less',
  'linger',
  'instead',
  'revoke',
  'promise',
  'look',
  'glance',
  'leave',
] as const;
const step: fc.Arbitrary<Step> = fc.oneof(
  ...names.map((name) => ({
    weight: weights[name] ?? 2,
    arbitrary: fc.tuple(fc.constant(name), fc.nat(1000)),
  })),
);

describe('the lives of readers', () => {
  it('are the same in groups and alone', () => {
    let shared = 0;
    const options = fc.record({
      queueLimit: fc.constantFrom(1, 2, 8, 256),
      overflow: fc.constantFrom('spill', 'spill', 'disconnect', 'latest-per-subject'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), options, (steps, limits) => {
        const together = play(steps, limits, true);
        shared += together.shared;
        expect(together.left).toEqual([0, 0, 0, 0, 0]);
        expect(together.lives).toEqual(play(steps, limits, false).lives);
      }),
      runs(300),
    );
    expect(shared).toBeGreaterThan(100);
  });
});

// What a reader is given in the end does not depend on when: no step looks, loses a transport or acknowledges.
const plain = [
  'publish',
  'broadcast',
  'send',
  'tell',
  'slow',
  'drain',
  'flush',
  'also',
  'less',
  'linger',
  'instead',
] as const;
const plainStep: fc.Arbitrary<Step> = fc.oneof(
  ...plain.map((name) => ({
    weight: weights[name] ?? 2,
    arbitrary: fc.tuple(fc.constant(name), fc.nat(1000)),
  })),
);

describe('batches that are left halfway', () => {
  it('give every reader what it is given alone, in the same order', () => {
    let halves = 0;
    const options = fc.record({ queueLimit: fc.constantFrom(2, 8, 256) });
    const slices = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(
        fc.array(plainStep, { maxLength: 120, size: 'max' }),
        options,
        slices,
        (steps, limits, slice) => {
          const sliced = play(steps, limits, true, undefined, slice);
          halves += sliced.halves;
          expect(sliced.left).toEqual([0, 0, 0, 0, 0]);
          expect(sliced.lives).toEqual(play(steps, limits, false).lives);
        },
      ),
      runs(300),
    );
    expect(halves).toBeGreaterThan(100);
  });
});

// Every getter that a session has, its own and those of what it is made of.
function readEverything(session: Session): unknown[] {
  const values: unknown[] = [];
  for (let made = session as object; made !== Object.prototype; made = Object.getPrototypeOf(made)) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(made)))
      if (get !== undefined) values.push([name, get.call(session)]);
  }
  return values;
}

describe('reading a session', () => {
  it('changes nothing: neither what is delivered later, nor with whom it is served', () => {
    const theatre = new Theatre();
    expect(readEverything(theatre.reader('/a').session).length).toBeGreaterThan(12);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const limits = { queueLimit: 8 };
        const look = (session: Session) => {
          expect(readEverything(session)).toEqual(readEverything(session));
        };
        expect(play(steps, limits, true, look)).toEqual(play(steps, limits, true));
      }),
      runs(40),
    );
  });

  it('of a client that acknowledges, by the clock that watches it, leaves it among the others', () => {
    const theatre = new Theatre({ ackTimeoutMs: 5000 });
    const readers = [theatre.reader('/a'), theatre.reader('/a'), theatre.reader('/a')];
    for (const { session } of readers) session.acknowledges = true;
    theatre.tells('/a');
    for (const { session, cursors } of readers) theatre.hub.acknowledge(session, cursors.at(-1) ?? '');
    theatre.turn.flush();
    for (const reader of readers) reader.flush(5);
    expect(groupedOf(readers)).toEqual([true, true, true]);
    theatre.advance(60_000);
    expect(groupedOf(readers)).toEqual([true, true, true]);
    for (const { heard } of readers) expect(heard).not.toContain('unresponsive');
  });
});
