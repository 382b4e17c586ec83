import { eventFromPairs } from '../lib/classic.js';
import { el } from '../lib/dom.js';
import { send } from '../lib/wire.js';

/**
 * The classic of 2002: a hidden frame loads a page that never ends, and each event is a script element in it which
 * calls `parent.push('name', "value", …)`, in the names of the original protocol. The parent is frames/net.html, which passes the call on to us.
 */
export function scriptFrame({ subjects, onEvent, onState, onFresh }) {
  let frame;
  let id;
  let heard;
  let timer;

  addEventListener('message', ({ source, data }) => {
    if (frame === undefined || source !== frame.contentWindow) return;
    if (data.ended) return retry();
    heard = true;
    const event = eventFromPairs(data.pairs);
    if (event.type === 'join-listen-ack') {
      id = event.session;
      onFresh(); // classic formats have no cursor to go on from
    }
    onState('live');
    onEvent(event);
  });

  function start() {
    heard = false;
    const query = new URLSearchParams({ ...request(), p_mode: 'stream' });
    frame = el('iframe', { src: `/frames/net.html?${query}`, hidden: '', title: 'receives events' });
    document.body.append(frame);
  }

  /** After a break the session is listened to again: the server has kept what it could not write. */
  function request() {
    if (id === undefined) return { p_event: 'join-listen', p_subject: subjects };
    return { p_event: 'listen', p_id: id };
  }

  function retry() {
    onState('retrying', 'the page of the frame ended');
    if (!heard) id = undefined; // not a single event: an error page, the session is gone or the server is
    close();
    timer = setTimeout(start, 2000);
  }

  function close() {
    clearTimeout(timer);
    frame?.remove();
    frame = undefined;
  }

  function stop() {
    close();
    leave();
  }

  /** The session is bound to a cookie that the browser sends by itself; the id says which session we mean. */
  function leave() {
    if (id !== undefined) send({ type: 'leave', session: id }, { keepalive: true }).catch(() => {});
    id = undefined;
  }

  return { start, stop, leave, retry };
}
