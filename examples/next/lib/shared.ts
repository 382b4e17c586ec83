const place = globalThis as { [key: symbol]: unknown };

/**
 * A value of which the process has one. Next gives instrumentation, pages and route handlers their own instances of a
 * module, so what they share must not be a variable of it.
 */
export function shared<T>(name: string, make: () => T): T {
  const key = Symbol.for(`example/${name}`);
  place[key] ??= make();
  return place[key] as T;
}
