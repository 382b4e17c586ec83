import { rounds } from '../lib/rounds.js';
import { Session } from '../lib/session.js';
import { eventsOf, post } from '../lib/wire.js';

/** One fetch() whose answer never ends, a JSON line for every event: what to use when EventSource is too little. */
export function fetchStream({ subjects, onEvent, onState }) {
  const session = new Session();

  async function round(signal) {
    const response = await post(request(), { signal });
    for await (const event of eventsOf(response)) {
      session.note(event);
      onState('live');
      onEvent(event);
    }
    throw new Error('the stream ended');
  }

  /** The first time we join; after a break we go on behind the last event that we have. */
  function request() {
    return session.open
      ? { type: 'listen', mode: 'stream', ...session.credentials, ...session.place }
      : { type: 'join-listen', subject: subjects, ...session.place };
  }

  const { start, stop } = rounds(round, (error) => {
    if (error.gone) session.forget();
    onState('retrying', error.message);
  });
  return { start, stop, leave: () => session.leave(), session };
}
