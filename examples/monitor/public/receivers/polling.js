import { rounds, sleep } from '../lib/rounds.js';
import { Session } from '../lib/session.js';
import { send } from '../lib/wire.js';

/**
 * Polling in both modes. `pull`: the server holds the request until there is something (long-polling). `poll`: it
 * answers at once. Each answer ends with how long to wait (`p_wait`); each request says what has arrived (`p_ack`),
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

  const refresh = () => ({ p_event: 'refresh', p_mode: mode, ...session.credentials, ...session.place });

  /** join, subscribe, then the request that opens the channel: step by step here; `join-listen` is all in one. */
  async function join(signal) {
    const place = session.place; // of the session before, if there was one; the ack will bring that of the new one
    const [ack] = await send({ p_event: 'join' }, { signal });
    const credentials = { p_id: ack.p_id, p_key: ack.p_key };
    await send({ p_event: 'subscribe', p_subject: subjects, ...credentials }, { signal });
    take(ack);
    return { p_event: 'listen', p_mode: mode, ...credentials, ...place };
  }

  /** One request; gives how long to wait before the next, in milliseconds. */
  async function ask(request, signal) {
    let wait = 1000;
    for (const event of await send(request, { signal, cache: 'no-store' })) {
      if (event.p_event === 'refresh') wait = event.p_wait;
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
