import type { JsonValue } from './json.ts';

declare const why: unique symbol;

/** What the compiler names where data would be lost in JSON. No value has this type. */
export interface LostInJson<Why extends string> {
  readonly [why]: Why;
}

type Plain = string | number | boolean | null | undefined;
type Binary = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;
type Callable = ((...args: never) => unknown) | (abstract new (...args: never) => unknown);
type WritesItself = { toJSON(...args: never): unknown };
type Collection = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

/**
 * Data as it may be published: whatever `JSON.stringify` carries. Interfaces, optional members, and what has a `toJSON`, such
 * as a `Date`, are taken as they are; in the place of functions, symbols, BigInts, binary data, maps, sets and promises
 * stands {@link LostInJson}, which nothing is assignable to.
 *
 * `any` and `unknown` are taken too: they are checked when they are published. Methods count as functions; `{ ...order }` is
 * an instance without its methods. A generic function that passes data on declares it as `Jsonable<Data>`.
 */
export type Jsonable<Data> = unknown extends Data
  ? Data
  : Data extends JsonValue
    ? Data
    : Data extends Binary
      ? LostInJson<'binary data: publish base64 text'>
      : Data extends Callable
        ? LostInJson<'a function or a method'>
        : Data extends WritesItself
          ? Data
          : Data extends PromiseLike<unknown>
            ? LostInJson<'a promise: await it first'>
            : Data extends Collection
              ? LostInJson<'a Map or a Set: publish an object or an array'>
              : Data extends object
                ? Members<Data>
                : LostInJson<'a BigInt, a symbol or undefined'>;

// A member that is undefined is left out.
type Member<Data> = Data extends undefined ? Data : Jsonable<Data>;

// JSON leaves out what a symbol names. The members of an array have none, and must stay an array.
type Members<Data extends object> = Data extends readonly unknown[]
  ? { [Name in keyof Data]: Member<Data[Name]> }
  : { [Name in keyof Data as Exclude<Name, symbol>]: Member<Data[Name]> };

/** Data as it arrives: what `JSON.parse` makes of what `JSON.stringify` wrote. A `Date` is text. */
export type Arriving<Data> = [JsonValue] extends [Data]
  ? Data
  : Data extends Plain
    ? Data
    : Data extends { toJSON(...args: never): infer Written }
      ? Arriving<Written>
      : Data extends object
        ? { [Name in keyof Data]: Arriving<Data[Name]> }
        : Data;
