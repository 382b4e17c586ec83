import { getHub, type NextHubOptions } from './get-hub.ts';

/**
 * Returns the current cursor of the hub, for a server component: take it first, then read the snapshot and render both. The
 * page continues from there without a gap.
 *
 * @remarks It awaits `connection()` of Next, since a cursor rendered at build time would be useless.
 */
export async function cursor(options: NextHubOptions = {}): Promise<string> {
  const { connection } = await import('next/server.js');
  await connection();
  const hub = getHub(options);
  // One of many nodes knows no place before it has read the log.
  await hub.cluster?.start();
  return hub.cursor();
}
