import { cursor } from '@cometkit/next';
import { type ReactNode, Suspense } from 'react';
import { Badge } from '../components/badge';
import { Chat } from '../components/chat';
import { Dashboard } from '../components/dashboard';
import { messages } from '../lib/chat';
import { snapshot } from '../lib/machine';

/** What is rendered for each request: the cursor first, then the snapshots, so that nothing is in neither. */
async function Live(): Promise<ReactNode> {
  const since = await cursor();
  return (
    <>
      <Dashboard since={since} first={snapshot()} />
      <Chat since={since} first={messages()} />
    </>
  );
}

export default function Page(): ReactNode {
  return (
    <main>
      <header>
        <h1>This machine</h1>
        <Badge />
      </header>
      <Suspense fallback={<p>…</p>}>
        <Live />
      </Suspense>
    </main>
  );
}
