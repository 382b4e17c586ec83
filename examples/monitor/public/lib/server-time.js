/**
 * How far this computer's clock is from the server's, so that latency means the way and not the clocks.
 *
 * The best of three questions counts. A difference smaller than the question itself took is no difference.
 */
export async function clockOffset(ask) {
  let best = { trip: Number.POSITIVE_INFINITY, offset: 0 };
  for (let i = 0; i < 3; i += 1) {
    const sentAt = Date.now();
    const { now } = await ask();
    const trip = Date.now() - sentAt;
    if (trip < best.trip) best = { trip, offset: now - (sentAt + trip / 2) };
  }
  return Math.abs(best.offset) <= best.trip ? 0 : best.offset;
}
