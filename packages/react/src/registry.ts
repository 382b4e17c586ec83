import { type HooksSettings, SharedClient } from './shared-client.ts';

const key = Symbol.for('@cometkit/react/clients@2');

/**
 * Returns the client of all components that connect in the same way; with any other setting it is another client.
 *
 * Clients are kept on `globalThis`, so that code which was replaced while the page runs finds its client again. Headers,
 * transports and the rest are compared by what is in them, and functions by identity.
 */
export function sharedClient(settings: HooksSettings): SharedClient {
  // A server renders, and never connects.
  if ((globalThis as { window?: unknown }).window === undefined) return new SharedClient(settings);
  const place = globalThis as { [key]?: SharedClient[] };
  place[key] ??= [];
  const found = place[key].find((one) => fits(one.settings, settings));
  if (found !== undefined) return found;
  const made = new SharedClient(settings);
  place[key].push(made);
  return made;
}

// Code that brings no surroundings of its own takes those that there are.
function fits({ options, ...rest }: HooksSettings, wanted: HooksSettings): boolean {
  const { runtime = options.runtime } = wanted.options;
  return same({ ...rest, options }, { ...wanted, options: { ...wanted.options, runtime } });
}

function same(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (!isPlain(left) || !isPlain(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) =>
    same(left[name], right[name]),
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
