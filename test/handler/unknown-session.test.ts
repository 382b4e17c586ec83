import { createHandler, createHub, type Handler } from '@cometkit/handler';
import { MemoryRequest } from '@cometkit/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const hubs: Handler['hub'][] = [];
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
});

function handlerOfHub(): Handler {
  const hub = createHub({ logger: false });
  hubs.push(hub);
  return createHandler(hub, { logger: false });
}

async function askFor(handler: Handler, session: string, key = 'k'.repeat(22)) {
  const request = new MemoryRequest({
    query: new URLSearchParams({ type: 'listen', session, key }).toString(),
  });
  const { status, body } = (await handler.handle(request)) as { status: number; body: string };
  return { status, body };
}

const plain = '"detail":"invalid or expired id","code":"unknown-session"';

describe('the id of a session', () => {
  it('ends with the mark of its process, whatever the hub, and begins as nobody can guess', () => {
    const ids = [handlerOfHub(), handlerOfHub()].flatMap(({ hub }) =>
      Array.from({ length: 200 }, () => hub.join().id),
    );
    expect(new Set(ids.map((id) => id.slice(-4))).size).toBe(1);
    expect(new Set(ids.map((id) => id.slice(0, 6))).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[A-Za-z0-9_-]{22}$/.test(id))).toEqual([]);
  });

  it('is no part of the secret', () => {
    const { secret, id } = handlerOfHub().hub.join();
    expect(secret).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(secret.slice(-4)).not.toBe(id.slice(-4));
  });
});

describe('a request for a session that is not there', () => {
  it('hears that another process has made it, and where that is explained', async () => {
    const handler = handlerOfHub();
    const { id } = handler.hub.join();
    const other = id.slice(0, -1) + (id.endsWith('A') ? 'B' : 'A');
    const { status, body } = await askFor(handler, other);
    expect(status).toBe(410);
    expect(body).toContain('it was made by another process, or before a restart');
    expect(body).toContain('docs/errors.md#unknown-session');
  });

  it('hears nothing of whether there is one of this process', async () => {
    const handler = handlerOfHub();
    const live = handler.hub.join();
    const ended = handler.hub.join();
    handler.hub.leave(ended);
    for (const { id } of [live, ended]) expect((await askFor(handler, id)).body).toContain(plain);
  });

  it.each(['x', '../../etc', '0'.repeat(23), `${'0'.repeat(20)}<>`])(
    'hears no more when the id is %s',
    async (id) => {
      expect((await askFor(handlerOfHub(), id)).body).toContain(plain);
    },
  );

  it('hears no more from a hub whose ids have no mark', async () => {
    const { handler } = stage();
    expect((await askFor(handler, 'A'.repeat(22))).body).toContain(plain);
  });
});
