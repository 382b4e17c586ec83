/**
 * Says whether a program that tests start is missing, in one line on the output then. With `CI=true` there must be one.
 *
 * @param name - as in `haproxy`; HAPROXY_PATH says where it is, and SKIP_HAPROXY opts out.
 */
export function skipsService(name: string): boolean {
  const upper = name.toUpperCase();
  const optedOut = process.env[`SKIP_${upper}`] !== undefined;
  if (process.env[`${upper}_PATH`] !== undefined && !optedOut) return false;
  if (process.env['CI'] === 'true' && !optedOut)
    throw new Error(`${name} is missing: install it, or name one with ${upper}_PATH`);
  process.stdout.write(`No ${name}: what needs it is not tested. Name one with ${upper}_PATH.\n`);
  return true;
}
