import { cursor } from 'cometkit/next';
import { Suspense } from 'react';
import { lastTicks } from '../lib/ticks';
import { Ticks } from './ticks';

async function Snapshot() {
  // The cursor first, then the snapshot: what comes in between is in both, and nothing is in neither.
  const since = await cursor();
  return <Ticks since={since} ticks={lastTicks()} />;
}

export default function Page() {
  return (
    <main>
      <h1>Ticks</h1>
      <Suspense fallback={<p>…</p>}>
        <Snapshot />
      </Suspense>
    </main>
  );
}
