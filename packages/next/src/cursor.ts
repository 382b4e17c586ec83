import { getHub, type NextHubOptions } from './get-hub.ts';

/**
 * Where the hub stands, for a server component: take it first, then read the snapshot, render both, and the page goes
 * on from there without a hole.
 *
 * Shape: waits for a request by `connection()` of Next, since a cursor that is rendered at build is of no use.
 */
export async function cursor(options: NextHubOptions = {}): Promise<string> {
  const { connection } = await import('next/server.js');
  await connection();
  return getHub(options).cursor();
}
