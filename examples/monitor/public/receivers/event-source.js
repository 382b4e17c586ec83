import { Session } from '../lib/session.js';
import { address } from '../lib/wire.js';

/**
 * The browser's own EventSource: one line, and it reconnects by itself, telling the server the last event it had.
 */
export function eventSource({ subjects, onEvent, onState }) {
  const session = new Session();
  let source;

  function take(message) {
    const event = JSON.parse(message.data);
    session.note(event);
    onEvent(event);
  }

  function start() {
    // The data alone would do for most pages. Here heartbeats and gaps count too: whole messages, all to `onmessage`.
    source = new EventSource(
      address({ subject: subjects, format: 'sse', events: 'envelope', ...session.place }),
    );
    source.onmessage = take;
    source.onopen = () => onState('live');
    source.onerror = () => {
      // It gives up only when the answer is no event stream; a cut connection it opens again by itself.
      onState('retrying', 'connection lost');
      if (source.readyState === EventSource.CLOSED) setTimeout(again, 3000, source);
    };
  }

  function again(closed) {
    if (closed === source) start();
  }

  function stop() {
    source?.close();
    source = undefined;
    session.leave();
  }

  return { start, stop, leave: stop, session };
}
