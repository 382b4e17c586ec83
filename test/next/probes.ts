/** Files that tests add to an app to see into its process and to make it publish. */

/** What the server knows of itself, after a collection when `?gc` asks for one. */
const stats = `
import { getHub } from '@cometkit/next';

export async function GET(request: Request) {
  if (request.url.includes('gc')) (globalThis as { gc?: () => void }).gc?.();
  const rss = process.memoryUsage.rss();
  const { cuts = 0 } = globalThis as { cuts?: number };
  return Response.json({ ...getHub().stats(), rss, cuts, handles: process.getActiveResourcesInfo().length });
}
`;

/** Publishes what it is sent, from a route handler. */
const publishing = `
import { publish } from '@cometkit/next';

export async function POST(request: Request) {
  const { subject, data } = await request.json();
  publish(subject, data);
  return new Response(null, { status: 202 });
}
`;

/** The same from the pages router, whose modules are instances of their own. */
const publishingPage = `
import { publish } from '@cometkit/next';

export default function handler(request: any, response: any) {
  publish(request.body.subject, request.body.data);
  response.status(202).end();
}
`;

/** An endpoint on a host that cuts every answer after a while, in the middle of whatever it is saying. */
const cut = `
import { createRouteHandlers } from '@cometkit/next';

const handlers = createRouteHandlers();

async function serve(request: Request) {
  const response = await handlers.GET(request);
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const limit = new Promise<undefined>((resolve) => setTimeout(resolve, 700));
  const body = new ReadableStream({
    async pull(controller) {
      const chunk = await Promise.race([reader.read(), limit]);
      if (chunk?.value) controller.enqueue(chunk.value);
      else if (chunk) controller.close();
      else {
        void reader.cancel();
        (globalThis as any).cuts = ((globalThis as any).cuts ?? 0) + 1;
        controller.error(new DOMException('time limit', 'AbortError'));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, response);
}

export { serve as GET, serve as POST };
`;

/** Hands requests to the handler that a test in the same process has put there. */
const contract = `
const serve = async (request: Request) => {
  Reflect.get(request, 'url');
  return (globalThis as any)[Symbol.for('test/handler')](request);
};
export { serve as GET, serve as POST, serve as HEAD, serve as OPTIONS };
`;

/** Loaded before a build: notes in the file BUILD_NOTES when a hub is made. */
const watchBuild = `
const { appendFileSync } = require('node:fs');

const key = Symbol.for('@cometkit/next/hub@1');
let registry;
Object.defineProperty(globalThis, key, {
  get: () => registry,
  set: (made) => {
    registry = made;
    const set = made.entries.set.bind(made.entries);
    made.entries.set = (name, entry) => {
      appendFileSync(process.env.BUILD_NOTES, 'a hub was made\\n');
      return set(name, entry);
    };
  },
});
`;

export const probes = { stats, publishing, publishingPage, cut, contract, watchBuild } as const;

/** Publishes through a probe. */
export async function publishAt(
  address: string,
  path: string,
  subject: string,
  data: unknown,
): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${address}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ subject, data }),
  });
  if (answer.status !== 202) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
}

/** What a server says of itself. */
export interface Stats {
  readonly sessions: number;
  readonly opened: number;
  readonly attached: number;
  readonly rss: number;
  readonly handles: number;
  /** Answers that the host has cut. */
  readonly cuts: number;
}

/** Asks a server about itself; with `gc` after it has collected its garbage. */
export async function statsOf(address: string, gc = false): Promise<Stats> {
  // Three times: what a finaliser lets go is garbage only for the next collection.
  for (let round = gc ? 3 : 0; round > 0; round -= 1) await fetch(`${address}/stats?gc`);
  return (await fetch(`${address}/stats`)).json() as Promise<Stats>;
}
