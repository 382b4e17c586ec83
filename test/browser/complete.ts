import { expect } from 'vitest';
import { type Handed, judge } from '../sim/oracle.ts';
import type { PageRecord } from './client-page.ts';
import type { ClientSite } from './client-site.ts';

/** Waits until a page has the last number, and judges all that came. */
export async function complete(
  site: ClientSite,
  read: () => Promise<PageRecord>,
  timeout = 15_000,
): Promise<PageRecord> {
  const last = site.accepted.length;
  const lastOf = async () => (await read()).handed.at(-1);
  await expect.poll(lastOf, { timeout, interval: 50 }).toMatchObject({ kind: 'data', id: last });
  const record = await read();
  const { lost, repeated, reordered, fabricated, covered, problems } = judge(
    site.accepted,
    record.handed as Handed[],
    [site.epoch],
  );
  expect({ lost, repeated, reordered, fabricated, covered, problems }).toEqual({
    lost: 0,
    repeated: 0,
    reordered: 0,
    fabricated: 0,
    covered: 0,
    problems: [],
  });
  return record;
}
