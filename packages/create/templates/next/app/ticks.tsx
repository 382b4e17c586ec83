'use client';

import { createHooks } from 'cometkit/react';
import { useRouter } from 'next/navigation';
import type { Subjects, Tick } from '../lib/subjects';

const { useComet, useSubscription } = createHooks<Subjects>();

/** What the server rendered, and from there on what happens. */
export function Ticks({ since, ticks }: { readonly since: string; readonly ticks: readonly Tick[] }) {
  const router = useRouter();
  const { state, transport } = useComet();
  const { value } = useSubscription('/ticks', {
    since,
    initial: ticks,
    reduce: (list, { data }) =>
      data.number > (list.at(-1)?.number ?? 0) ? [...list, data].slice(-10) : list,
    // The server cannot give what is missing any more: take the page anew, snapshot and cursor.
    onGap: () => router.refresh(),
  });
  const missing = value.filter(
    (tick, at) => at > 0 && tick.number !== (value[at - 1]?.number ?? 0) + 1,
  ).length;
  return (
    <>
      <p role="status">
        {state}, {transport ?? 'no transport yet'}, {missing} missing
      </p>
      <button type="button" onClick={() => location.reload()}>
        Reload this page
      </button>
      <ol style={{ listStyle: 'none', padding: 0 }}>
        {value.toReversed().map(({ number, time }) => (
          <li key={number}>
            {number}, <time suppressHydrationWarning>{new Date(time).toLocaleTimeString()}</time>
          </li>
        ))}
      </ol>
    </>
  );
}
