import { createClient } from '@cometkit/client';
import { afterEach, describe, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Stage, stage as setStage } from './kit.ts';

let stage: Stage;

afterEach(() => stage.close());

const shows = (text: string) =>
  eventually(`"${text}" instead of "${stage.text()}"`, () => stage.text() === text);

describe('usePresence', () => {
  const named = {
    authorize: {
      join: ({ request }: { request: { header(name: string): string | undefined } }) =>
        request.header('x-user') ?? true,
    },
  };

  it('shows who is there, and another room after a change of the subject', async () => {
    stage = await setStage(named, { presence: ['/rooms/**'] });
    const { hooks, render, url, runtime } = stage;
    const ada = createClient(url, { runtime, headers: () => ({ 'x-user': 'ada' }) });
    const there = ada.subscribe('/rooms/1');
    await there.ready;
    const component = (subject: string) => () => {
      const { members, ready } = hooks.usePresence(subject);
      return ready ? members.map(({ id }) => id).join() || 'nobody' : 'waits';
    };
    render(component('/rooms/1'));
    await shows('ada');
    there.unsubscribe();
    await shows('nobody');
    ada.subscribe('/rooms/2');
    render(component('/rooms/2'));
    await shows('ada');
    await ada.close();
  });

  it('shows why nobody can know', async () => {
    stage = await setStage();
    const { hooks, render } = stage;
    render(() => hooks.usePresence('/rooms/1').error?.serverCode ?? 'waits');
    await shows('no-handler');
  });
});
