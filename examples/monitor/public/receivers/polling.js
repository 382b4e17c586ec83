import { rounds, sleep } from '../lib/rounds.js';
import { Session } from '../lib/session.js';
import { send } from '../lib/wire.js';

/**
 * Polling in both modes. `long-poll`: the server holds the request until there is something. `poll`: it answers at
 * once. Each answer ends with how long to wait (`waitMs`); each request says what has arrived (`ack`),
 * so an answer that got lost on the way is sent again.
 */
export function polling(mode, { subjects, onEvent, onState }) {
  const session = new Session();

  function take(event) {
    session.note(event);
    onEvent(event);
  }

  async function round(signal) {
    const wait = await ask(session.open ? refresh() : await join(signal), signal);
    onState('live', wait < 100 ? undefined : `asks again in ${(wait / 1000).toFixed(1)} s`);
    await sleep(wait, signal);
  }

  const refresh = () => ({ type: 'refresh', mode, ...session.credentials, ...session.place });

  /** join, subscribe, then the request that opens the channel: step by step here; `join-listen` is all in one. */
  async function join(signal) {
    const place = session.place; // of the session before, if there was one; the ack will bring that of the new one
    const [ack] = await send({ type: 'join' }, { signal });
    const credentials = { session: ack.session, key: ack.key };
    await send({ type: 'subscribe', subject: subjects, ...credentials }, { signal });
    take(ack);
    return { type: 'listen', mode, ...credentials, ...place };
  }

  /** One request; gives how long to wait before the next, in milliseconds. */
  async function ask(request, signal) {
    let wait = 1000;
    for (const event of await send(request, { signal })) {
      if (event.type === 'refresh') wait = event.waitMs;
      take(event);
    }
    return wait;
  }

  const { start, stop } = rounds(round, (error) => {
    if (error.gone) session.forget();
    onState('retrying', error.message);
  });
  return { start, stop, leave: () => session.leave(), session };
}
