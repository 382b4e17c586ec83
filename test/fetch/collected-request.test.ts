import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createFetchHandler, createHub } from '@cometkit/fetch';
import { eventually } from '@cometkit/testkit';
import { expect, it } from 'vitest';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// Nothing of the platform holds the request once it was answered, and with it goes what tells its signal of the client.
it('a stream hears that its client has left, though nobody else keeps the request', async () => {
  const hub = createHub();
  const push = createFetchHandler(hub);
  let left = 0;
  hub.on('detached', () => (left += 1));
  const gone = new AbortController();
  const ask = () =>
    push(new Request('http://localhost/?type=join-listen&subject=/a&format=ndjson', { signal: gone.signal }));
  const reader = (await ask()).body?.getReader();
  await reader?.read();
  for (let times = 0; times < 8; times += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  gone.abort();
  await eventually('the hub to hear of it', () => left === 1);
  expect(left).toBe(1);
  await push.close();
});
