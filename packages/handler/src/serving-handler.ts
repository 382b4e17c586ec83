import type { Handler } from './handler.ts';

/**
 * Returns the handler that an adapter was given, by itself or inside what serves it.
 *
 * @param at - which argument it is, for the error: `first`.
 * @throws {TypeError} — it is no handler.
 * @throws {Error} — its hub is closed, so that it would serve nobody.
 */
export function servingHandler(push: Handler | { readonly handler: Handler }, at: string): Handler {
  const given: unknown = push;
  const inner: unknown = isRecord(given) && 'handler' in given ? given['handler'] : given;
  if (!isHandler(inner))
    throw new TypeError(
      `the ${at} argument must be a handler, as createNodeHandler() or createHandler() gives it`,
    );
  if (inner.hub.closed) throw new Error('the hub of this handler is closed');
  return inner;
}

function isHandler(given: unknown): given is Handler {
  return isRecord(given) && typeof given['connections'] === 'function' && isRecord(given['hub']);
}

// A handler of Node is a function with properties.
function isRecord(given: unknown): given is Record<string, unknown> {
  return (typeof given === 'object' && given !== null) || typeof given === 'function';
}
