import { createInspector, type InspectorOptions } from '@cometkit/inspector';
import { createNodeHandler, type Hub, type NodeHandler, type NodeHandlerOptions } from '@cometkit/node';
import { send } from '@cometkit/testkit';
import { onTestFinished } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';

type AnyHub = Parameters<typeof createNodeHandler>[0] | Hub;

/** What a body of an action is sent as. */
export const json: Readonly<Record<string, string>> = { 'content-type': 'application/json' };

/** A server with a hub at /push and its inspector at /inspector. */
export interface Inspected {
  readonly url: string;
  readonly push: NodeHandler;
  /** Reads JSON below the inspector's address. */
  read(path: string): Promise<ReturnType<typeof JSON.parse>>;
  /** Asks for an action with a JSON body. */
  act(name: string, fields: unknown, headers?: Record<string, string>): ReturnType<typeof send>;
}

/** Serves a hub with an inspector that lets everybody in, until the test is over. */
export async function serveInspector(
  hub: AnyHub,
  options: Partial<InspectorOptions> = {},
  handler: NodeHandlerOptions = {},
): Promise<Inspected> {
  const push = createNodeHandler(hub as Hub, { path: '/push', ...handler });
  const inspector = createInspector(push, { path: '/inspector', authorize: () => true, ...options });
  const server = await disposableServer((request, response) => {
    inspector(request, response, () => push(request, response));
  }, '');
  onTestFinished(async () => {
    await push.close();
    await inspector.close();
    // Browsers and clients keep connections that they have not used yet.
    server.server.closeAllConnections();
    await server.close();
  });
  await eventually('a node with its engine', () => push.ready());
  const address = `${server.url}/inspector`;
  return {
    url: server.url,
    push,
    read: async (path) => JSON.parse((await send(`${address}/${path}`)).body),
    act: (name, fields, headers = {}) =>
      send(`${address}/actions/${name}`, {
        headers: { ...json, ...headers },
        body: JSON.stringify(fields),
      }),
  };
}
