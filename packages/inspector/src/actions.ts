import { CometError } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import type { Drainer } from './drainer.ts';
import type { ActionResult, InspectorAction } from './options.ts';

/** What actions work on. */
export interface Operated {
  readonly hub: ClusterHub;
  readonly drainer: Drainer;
}

type Fields = Readonly<Record<string, unknown>>;

const actions: Readonly<
  Record<
    Exclude<InspectorAction, 'look'>,
    (operated: Operated, fields: Fields) => ActionResult | Promise<ActionResult>
  >
> = {
  publish: async ({ hub }, { subject, data }) => {
    const { position } = await hub.publish(String(subject), data as never).accepted();
    return done({ position });
  },
  revoke: ({ hub }, { session, pattern }) => {
    const found = hub.session(String(session));
    if (found === undefined) return unknownSession;
    const which =
      typeof pattern === 'string' ? (given: { pattern: string }) => given.pattern === pattern : undefined;
    return done({ revoked: hub.revoke(found, which).length });
  },
  end: ({ hub }, { session }) => {
    const found = hub.session(String(session));
    if (found === undefined) return unknownSession;
    hub.leave(found, 'revoked');
    return done({ ended: true });
  },
  drain: ({ drainer }, { node }) => drainer.begin(node),
};

const unknownSession: ActionResult = { status: 404, body: { error: 'no session here has this id' } };

/** Narrows a text to an action that changes something. */
export function isAction(name: string): name is keyof typeof actions {
  return Object.hasOwn(actions, name);
}

/** Carries out an action with the fields of a JSON body. */
export async function act(
  operated: Operated,
  name: keyof typeof actions,
  text: string,
): Promise<ActionResult> {
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields !== 'object' || fields === null) return refused('the body must be a JSON object');
    return await actions[name](operated, fields as Fields);
  } catch (error) {
    if (error instanceof SyntaxError) return refused('the body is no JSON');
    if (error instanceof CometError || error instanceof TypeError) return refused(error.message);
    throw error;
  }
}

function done(body: ActionResult['body']): ActionResult {
  return { status: 200, body };
}

function refused(error: string): ActionResult {
  return { status: 400, body: { error } };
}
