import type { ClientOptions } from '@cometkit/client';
import { presence } from '@cometkit/client/presence';
import { afterEach, describe, expect, it } from 'vitest';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;
afterEach(() => server.close());

const user = (name: string): ClientOptions => ({ headers: () => ({ 'x-user': name }) });
const named = {
  authorize: {
    join: ({ request }: { request: { header(name: string): string | undefined } }) =>
      request.header('x-user') ?? true,
  },
};

async function start(presenceOf: readonly string[] = ['/rooms/**']): Promise<void> {
  server = await RealServer.start(named, { presence: presenceOf });
}

describe('presence(client, subject)', () => {
  it('shows who is there, who comes and who goes', async () => {
    await start();
    const ada = server.client(user('ada'));
    await ada.subscribe('/rooms/1').ready;
    const eve = server.client(user('eve'));
    const room = presence(eve, '/rooms/1');
    const seen: string[] = [];
    room.on(() => seen.push(room.members.map(({ id }) => id).join(' ')));
    await room.ready;
    expect(room.members).toEqual([{ id: 'ada', principal: 'ada' }]);
    const bob = server.client(user('bob'));
    const there = bob.subscribe('/rooms/1');
    await until(() => room.members.length === 2);
    there.unsubscribe();
    await until(() => room.members.length === 1);
    expect(seen).toEqual(['ada', 'ada bob', 'ada']);
    room.close();
    await until(() => server.hub.listeners('/$presence/rooms/1') === 0);
  });

  it('learns anew from a server that was restarted', async () => {
    await start();
    const ada = server.client(user('ada'));
    await ada.subscribe('/rooms/1').ready;
    const room = presence(ada, '/rooms/1');
    await room.ready;
    const { id } = ada;
    await server.restart(named, { presence: ['/rooms/**'] });
    await until(() => ada.id !== id && server.hub.presence('/rooms/1', { count: true }) === 1);
    const bob = server.client(user('bob'));
    await bob.subscribe('/rooms/1').ready;
    await until(() => room.members.length === 2);
    expect(room.members.map((member) => member.principal).sort()).toEqual(['ada', 'bob']);
    expect(room.error).toBeUndefined();
  });

  it('says why it cannot know', async () => {
    await start(['/lobby']);
    const room = presence(server.client(), '/rooms/1');
    await expect(room.ready).rejects.toMatchObject({ code: 'refused', serverCode: 'no-presence' });
    expect(room.error?.serverCode).toBe('no-presence');
    expect(room.members).toEqual([]);
  });
});
