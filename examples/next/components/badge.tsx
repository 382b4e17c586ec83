'use client';

import type { ReactNode } from 'react';
import { useComet } from '../lib/comet';

const ways = ['auto', 'stream', 'event-source', 'iframe', 'long-poll', 'poll'] as const;

/** How this page hangs on its server: the state, the transport, and a choice of it. */
export function Badge(): ReactNode {
  const { state, transport, error, client } = useComet();
  return (
    <div className="badge" data-state={state} data-transport={transport ?? ''} title={error?.message}>
      <span className="dot" aria-hidden="true" />
      <output>{state}</output>
      <select
        aria-label="Transport"
        defaultValue="auto"
        onChange={({ target }) => client?.use(target.value as (typeof ways)[number])}
      >
        {ways.map((way) => (
          <option key={way} value={way}>
            {way === 'auto' ? `auto (${transport ?? '…'})` : way}
          </option>
        ))}
      </select>
    </div>
  );
}
