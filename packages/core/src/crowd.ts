/**
 * The values under one key: the value itself while it is the only one, else a set of them. Most keys have one value, and a set takes
 * 200 bytes. A value must not be a Set.
 */
export type Crowd<V> = V | Set<V>;

/** Adds a value; adding it twice changes nothing. @returns the crowd that holds it. */
export function joined<V>(crowd: Crowd<V> | undefined, value: V): Crowd<V> {
  if (crowd === undefined || crowd === value) return value;
  if (crowd instanceof Set) return crowd.add(value);
  return new Set([crowd, value]);
}

/** Takes a value away. @returns what is left; undefined when nothing is. */
export function parted<V>(crowd: Crowd<V> | undefined, value: V): Crowd<V> | undefined {
  if (!(crowd instanceof Set)) return crowd === value ? undefined : crowd;
  crowd.delete(value);
  if (crowd.size > 1) return crowd;
  const [last] = crowd;
  return last;
}

/** Calls `visit` with each value, in the order in which they came. */
export function visitAll<V>(crowd: Crowd<V> | undefined, visit: (value: V) => void): void {
  if (crowd instanceof Set) crowd.forEach(visit);
  else if (crowd !== undefined) visit(crowd);
}

/** The number of values. */
export function sizeOfCrowd<V>(crowd: Crowd<V> | undefined): number {
  if (crowd instanceof Set) return crowd.size;
  return crowd === undefined ? 0 : 1;
}

/** Adds a value to the crowd under a key. */
export function joinAt<K, V>(crowds: Map<K, Crowd<V>>, key: K, value: V): void {
  const crowd = crowds.get(key);
  const next = joined(crowd, value);
  if (next !== crowd) crowds.set(key, next);
}

/** Takes a value from the crowd under a key, and the key from the map with the last one. */
export function partAt<K, V>(crowds: Map<K, Crowd<V>>, key: K, value: V): void {
  const crowd = crowds.get(key);
  const left = parted(crowd, value);
  if (left === undefined) crowds.delete(key);
  else if (left !== crowd) crowds.set(key, left);
}
