import { byId, el } from '../lib/dom.js';
import { timeOfDay } from '../lib/format.js';

const KINDS = { block: 'disk', net: 'network' };
const MAX_LINES = 50;

/** The devices that are there now, and the log of those that came, went or changed. */
export function hotplug(devices) {
  const present = new Map(devices.map((device) => [keyOf(device), device]));
  const chips = byId('devices');
  const log = byId('changes');
  log.append(el('li.muted', {}, 'Plug something in or out: it shows up here within a second.'));
  showChips(chips, present);

  return (device) => {
    if (device.change === 'vanished') present.delete(keyOf(device));
    else present.set(keyOf(device), device);
    showChips(chips, present);
    log.prepend(line(device));
    if (log.children.length > MAX_LINES) log.lastElementChild.remove();
  };
}

const keyOf = ({ kind, name }) => `${kind}/${name}`;

function showChips(list, present) {
  list.replaceChildren(...[...present.values()].filter(isShown).map(chip));
}

/** The loop and RAM devices that Linux keeps in stock, empty, are no news to anybody. */
const isShown = ({ kind, state }) => kind !== 'block' || state !== 'no medium';

function chip({ kind, name, state }) {
  return el('li.chip', { 'data-kind': kind }, el('b', {}, String(name)), ` ${state}`);
}

function line({ at, change, kind, name, state }) {
  return el(
    'li',
    { 'data-change': change },
    el('time', {}, timeOfDay(at)),
    el('b', {}, String(change)),
    el('span', {}, `${KINDS[kind] ?? kind} ${name}`),
    el('span.muted', {}, change === 'vanished' ? '' : String(state)),
  );
}
