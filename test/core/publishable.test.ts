import { cpus } from 'node:os';
import type { LostInJson } from '@cometkit/core';
import { createHub, type Hub, type Jsonable, type JsonValue } from '@cometkit/node';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';

const hub = createHub();
afterAll(() => hub.close());

interface Order {
  id: number;
  at: Date;
  note?: string;
  tags: readonly string[];
  lines: { article: string; price: number | null }[];
}
// What every Error has, too: a chat line must not be taken for one.
interface Line {
  name: string;
  message: string;
  stack?: string;
}
interface Tree {
  label: string;
  children: Tree[];
  parent?: Tree;
}
class Point {
  x = 1;
  private secret = 2;
  #hidden = 3;
  get sum(): number {
    return this.x + this.secret + this.#hidden;
  }
}
class Money {
  #cents = 250;
  plus(cents: number): void {
    this.#cents += cents;
  }
  toJSON(): string {
    return (this.#cents / 100).toFixed(2);
  }
}
class Account {
  owner = 'Ann';
  greet(): string {
    return this.owner;
  }
}

const order: Order = { id: 7, at: new Date(0), tags: ['a'], lines: [{ article: 'tea', price: null }] };
const tree: Tree = { label: 'root', children: [{ label: 'leaf', children: [] }] };
const branded = 'x' as string & { readonly brand: 'Id' };

describe('data that JSON carries', () => {
  it('is published as it is typed: interfaces, optional members, dates, instances', () => {
    const line: Line = { name: 'Ann', message: 'hello' };
    const mixed: Record<string, unknown> = { a: [1, 'x'] };
    const nothing: unknown = { of: 'this is known' };
    const value: JsonValue = { deep: [{ er: null }] };
    const named: { [Symbol.iterator]?: () => Iterator<number>; n: number } = { n: 1 };
    const published = [
      [hub.publish('/a', order), order],
      [hub.publish('/a', [order, order]), [order, order]],
      [hub.publish('/a', { order, more: [order] }), { order, more: [order] }],
      [hub.publish('/a', line), line],
      [hub.publish('/a', tree), tree],
      [hub.publish('/a', new Date(0)), new Date(0)],
      [hub.publish('/a', new URL('http://a.example/b')), 'http://a.example/b'],
      [hub.publish('/a', new Money()), '2.50'],
      [hub.publish('/a', new Point()), { x: 1, secret: 2 }],
      [hub.publish('/a', { ...new Account() }), { owner: 'Ann' }],
      [hub.publish('/a', branded), 'x'],
      [hub.publish('/a', ['a', 1] as const), ['a', 1]],
      [hub.publish('/a', { gone: undefined, kept: 1 }), { kept: 1 }],
      [hub.publish('/a', mixed), mixed],
      [hub.publish('/a', nothing), nothing],
      [hub.publish('/a', value), value],
      [hub.publish('/a', named), { n: 1 }],
      [hub.publish('/a', null), null],
      [hub.broadcast('/a', order), order],
      [hub.sendToPrincipal('ann', '/a', order), order],
      [hub.send(hub.join().id, '/a', order), order],
    ] as const;
    for (const [event, data] of published) expect(event?.json).toBe(JSON.stringify(data));
    expect(hub.publish('/a', process.memoryUsage()).data).toHaveProperty('rss');
    expect(hub.publish('/a', cpus()).data).toBeInstanceOf(Array);
    expect(JSON.parse(hub.publish('/a', order).json)).toHaveProperty('at', '1970-01-01T00:00:00.000Z');
  });

  it('passes through functions of the program that take any, or one kind of it', () => {
    const announce = <Data>(data: Jsonable<Data>) => hub.publish('/a', data);
    const place = <Kind extends Order>(given: Kind) => announce<Order>(given);
    expect(announce(order).json).toBe(place(order).json);
    // @ts-expect-error — a function is lost, also on this way
    expect(() => announce(() => 1)).toThrow('Function');
  });
});

describe('data that JSON would lose', () => {
  it('does not compile, and is refused where it comes nevertheless', () => {
    const rows = [
      // @ts-expect-error — a function
      () => hub.publish('/a', () => 1),
      // @ts-expect-error — a function deep inside
      () => hub.publish('/a', { deep: [{ er: () => 1 }] }),
      // @ts-expect-error — a class
      () => hub.publish('/a', { made: Account }),
      // @ts-expect-error — a symbol
      () => hub.publish('/a', Symbol('x')),
      // @ts-expect-error — a BigInt
      () => hub.publish('/a', { id: 1n }),
      // @ts-expect-error — a Map
      () => hub.publish('/a', new Map([['a', 1]])),
      // @ts-expect-error — a Set of an interface's member
      () => hub.publish('/a', { tags: new Set(['a']) } as { tags: Set<string> }),
      // @ts-expect-error — a WeakMap
      () => hub.publish('/a', new WeakMap()),
      // @ts-expect-error — a promise
      () => hub.publish('/a', Promise.resolve(order)),
      // @ts-expect-error — bytes, though they have a toJSON
      () => hub.publish('/a', Buffer.from('abc')),
      // @ts-expect-error — bytes
      () => hub.publish('/a', { image: new Uint8Array(2) }),
      // @ts-expect-error — bytes
      () => hub.publish('/a', new ArrayBuffer(2)),
      // @ts-expect-error — bytes
      () => hub.publish('/a', new Blob(['a'])),
      // @ts-expect-error — a RegExp
      () => hub.publish('/a', /x/),
      // @ts-expect-error — what a Map is read by
      () => hub.publish('/a', new Map([['a', 1]]).values()),
      // @ts-expect-error — a form
      () => hub.publish('/a', new URLSearchParams('a=1')),
      // @ts-expect-error — nothing at all
      () => hub.publish('/a', undefined),
      // @ts-expect-error — nothing at all
      () => hub.publish('/a'),
      // @ts-expect-error — to one session as well
      () => hub.send(hub.join().id, '/a', new Map()),
      // @ts-expect-error — to one user as well
      () => hub.sendToPrincipal('ann', '/a', () => 1),
      // @ts-expect-error — to all as well
      () => hub.broadcast('/a', 1n),
    ];
    for (const publish of rows) expect(publish, String(publish)).toThrow(/the event's data (?:holds|is)/);
  });

  it.each([
    ['an Error of Node, which has a code', Object.assign(new Error('no such file'), { code: 'ENOENT' })],
    ['an Error in its place', { error: Object.assign(new TypeError('no'), { status: 500 }) }],
    ['a Map', Object.assign(new Map([['a', 1]]), { name: 'scores' })],
    ['a Set', [Object.assign(new Set([1]), { name: 'seen' })]],
    ['a RegExp', Object.assign(/a/, { name: 'word' })],
    ['a promise', Object.assign(Promise.resolve(1), { started: true })],
    ['an event of the platform', new Event('message')],
    [
      'a Map of a class',
      new (class extends Map<string, number> {
        scores = 1;
      })(),
    ],
  ])('is refused with members of its own: %s', (_what, data: unknown) => {
    expect(() => hub.publish('/a', data)).toThrow(/holds a \w+: publish plain objects/);
  });

  it('is named by the compiler, with what to publish instead', () => {
    type Why<Data> = Jsonable<Data> extends LostInJson<infer Words> ? Words : never;
    expectTypeOf<Why<Buffer>>().toEqualTypeOf<'binary data: publish base64 text'>();
    expectTypeOf<Why<Map<string, number>>>().toEqualTypeOf<'a Map or a Set: publish an object or an array'>();
    expectTypeOf<Why<Promise<Order>>>().toEqualTypeOf<'a promise: await it first'>();
    expectTypeOf<Why<() => void>>().toEqualTypeOf<'a function or a method'>();
  });
});

interface Subjects {
  '/orders/:id': Order;
  '/clock': Date;
  '/log/:level': unknown;
  '/status': { up: boolean } | undefined;
}

describe('a hub that knows its subjects', () => {
  const typed = createHub<Subjects>();
  afterAll(() => typed.close());

  it('takes the data of each subject, and templates for what is computed', () => {
    const id = 7;
    expect(typed.publish('/orders/7', order).json).toBe(typed.publish(`/orders/${id}`, order).json);
    expect(typed.publish('/clock', new Date(0)).data).toBe('1970-01-01T00:00:00.000Z');
    expect(typed.publish('/log/warn', { any: ['thing'] }).subject).toBe('/log/warn');
    expect(typed.broadcast('/orders/7', order).scope).toBe('all');
    // @ts-expect-error — there is no such subject
    typed.publish('/order/7', order);
    // @ts-expect-error — one level too deep
    typed.publish('/orders/7/lines', order);
    // @ts-expect-error — the id of an order is a number
    typed.publish('/orders/7', { ...order, id: '7' });
    // @ts-expect-error — an order has no such member
    typed.publish('/orders/7', { ...order, colour: 'red' });
    // @ts-expect-error — what `send` publishes is looked at, too
    typed.send('x', '/clock', 5);
    expect(() => {
      // @ts-expect-error — even where anything goes a function is none
      typed.publish('/log/warn', () => 1);
    }).toThrow('Function');
    expect(() => {
      // @ts-expect-error — nothing is no data
      typed.publish('/status', undefined);
    }).toThrow('is missing');
  });

  it('gives the past as it arrives: dates are text', () => {
    const session = typed.join();
    const { events } = typed.history(typed.subscribe(session, '/clock'), { last: 1 });
    expectTypeOf(events[0]!.data).not.toBeAny();
    const untyped = hub.history(hub.subscribe(hub.join(), '/a'), { last: 1 });
    expectTypeOf(untyped.events[0]!.data).toEqualTypeOf<JsonValue>();
    expect(events.map(({ data }) => data)).toEqual(['1970-01-01T00:00:00.000Z']);
  });

  it('can be given to what takes any hub, not to what relies on other subjects', () => {
    const close = (any: Hub): boolean => any.closed;
    expect(close(typed)).toBe(false);
    // @ts-expect-error — orders are something else there
    const other: Hub<{ '/orders/:id': string }> = typed;
    // What `ReturnType` makes of a generic function is a hub of any data.
    const made: ReturnType<typeof createHub> = hub;
    expect(made.publish('/a', order).json).toBe(other.publish('/orders/7', order as never).json);
    // @ts-expect-error — a map of subjects is an object
    createHub<string>().close();
  });
});
