import type { Client } from '@cometkit/client';

/** What a client has got of a stream so far, and at last `end`, or the code that says why it did not come to its end. */
export function readingOf(client: Client, subject: string): readonly unknown[] {
  const got: unknown[] = [];
  void (async () => {
    for await (const value of client.stream(subject)) got.push(value);
  })().then(
    () => got.push('end'),
    ({ code, serverCode }) => got.push(serverCode ?? code),
  );
  return got;
}
