import { expect, it } from 'vitest';
import { RunningRequests } from '../../../packages/handler/src/talk/running-requests.ts';
import { stage } from '../kit.ts';

it('the last 1,024 requests of a session are known, all that run, and those of a session that has ended', () => {
  const { hub } = stage();
  const requests = new RunningRequests(hub);
  const session = hub.join();
  const signal = requests.begin(session, 'slow').signal();
  for (let n = 0; n < 1025; n += 1) {
    requests.begin(session, `m${n}`);
    requests.end(session, `m${n}`, '/a', { value: n });
  }
  const known = (): boolean[] =>
    ['slow', 'm0', 'm1', 'm2', 'm1024'].map((messageId) => requests.knows(session, messageId));
  expect(known()).toEqual([true, false, true, true, true]);
  hub.leave(session);
  expect([signal.aborted, known()]).toEqual([true, [true, false, false, true, true]]);
});
