import type { DevtoolsOptions, ObservedClient, ShowDevtools } from './devtools.ts';
import { observe } from './observe.ts';
import { Panel } from './panel.ts';
import { ClientRecord } from './record.ts';

const corner = 'cometkit-devtools';

/** Shows the panel: {@link ShowDevtools} where it is more than an empty function. */
export const showPanel: ShowDevtools = (client, options = {}) => {
  check(client, options);
  // On a server that renders the page there is nothing to show, and nobody who sees it.
  if (typeof document === 'undefined') return () => undefined;
  const place = placeOfPanels();
  const record = new ClientRecord(Date.now());
  const number = place.childElementCount + 1;
  const panel = new Panel(client, record, number === 1 ? 'CometKit' : `CometKit ${number}`);
  const stop = observe(client, record, () => panel.render());
  place.append(panel.element);
  if (options.open) panel.open(true);
  return () => {
    stop();
    panel.remove();
    if (place.childElementCount === 0) place.remove();
  };
};

function check(client: ObservedClient, options: DevtoolsOptions): void {
  if (typeof client?.on !== 'function')
    throw new TypeError('showDevtools needs a client, such as createClient makes');
  const unknown = Object.keys(options).find((name) => name !== 'open');
  if (unknown !== undefined) throw new TypeError('showDevtools knows no option but open');
  if (options.open !== undefined && typeof options.open !== 'boolean')
    throw new TypeError('the option open of showDevtools is true or false');
}

/** The corner in which the panels of all clients of a page stand, one above the other. */
function placeOfPanels(): HTMLElement {
  const found = document.querySelector<HTMLElement>(corner);
  if (found !== null) return found;
  const place = document.createElement(corner);
  const style = {
    all: 'initial',
    position: 'fixed',
    inset: 'auto .5rem .5rem auto',
    'z-index': '2147483647',
    display: 'flex',
    'flex-direction': 'column',
    'align-items': 'flex-end',
    gap: '.4rem',
    'max-width': 'calc(100vw - 1rem)',
    'max-height': 'calc(100vh - 1rem)',
    overflow: 'auto',
  };
  for (const [name, value] of Object.entries(style)) place.style.setProperty(name, value);
  // A script that is not deferred may run before there is a body.
  (document.body ?? document.documentElement).append(place);
  return place;
}
