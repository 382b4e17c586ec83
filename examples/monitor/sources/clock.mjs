/**
 * A numbered tick. Receivers count what they miss or get twice by `n`, and measure the way by `t`.
 *
 * `run` names this start of the server, so that a receiver which survives a restart counts anew.
 */
export function clock() {
  const run = Date.now().toString(36);
  let n = 0;
  return {
    everyMs: 250,
    *read() {
      n += 1;
      yield { subject: '/system/clock', data: { n, t: Date.now(), run } };
    },
  };
}
