import { byId, el } from './dom.js';

const LOCK = 'cometkit-monitor';

/**
 * Lets only one tab of this browser keep the connections: over HTTP/1.1 a browser opens six to a server, and a
 * second tab would hang without a word. The other tabs say so, and can take over.
 */
export function oneTab(start, stop) {
  addEventListener('pagehide', stop);
  // A page that comes back by the back button was frozen, not loaded: nothing of it runs any more.
  addEventListener('pageshow', (event) => event.persisted && location.reload());
  // Web Locks exist on https and localhost only; elsewhere the second tab is on its own.
  if (navigator.locks === undefined) return start();
  hold(start, stop, { ifAvailable: true });
}

function hold(start, stop, options) {
  const held = navigator.locks.request(LOCK, options, (lock) => {
    if (lock === null) return wait(start, stop);
    hideNotice();
    start();
    return new Promise(() => {}); // until the tab is closed, or another one steals the lock
  });
  held.catch(() => {
    stop();
    wait(start, stop);
  });
}

function wait(start, stop) {
  const take = el(
    'button',
    { type: 'button', onclick: () => hold(start, stop, { steal: true }) },
    'Show it here',
  );
  const notice = byId('notice');
  notice.replaceChildren(
    'Another tab of this browser has the connections (six to a server is all it opens). ',
    take,
  );
  notice.hidden = false;
}

function hideNotice() {
  byId('notice').hidden = true;
}
