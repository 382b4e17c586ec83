import { byId, el, setText } from '../lib/dom.js';
import { bytes, duration } from '../lib/format.js';

/** The name of the machine, what it is, and how long it has been up. */
export function header(machine) {
  setText(byId('host'), machine.hostname);
  setText(byId('about'), machine.cpu);
  document.title = `${machine.hostname} · CometKit monitor`;
  const uptime = el('dd');
  byId('facts').replaceChildren(
    fact('up', uptime),
    fact('cores', el('dd', {}, String(machine.cores))),
    fact('memory', el('dd', {}, bytes(machine.memory))),
    fact('system', el('dd', {}, `${machine.platform} ${shortVersion(machine.release)} ${machine.arch}`)),
    fact('node', el('dd', {}, machine.node)),
  );
  return { showUptime: (seconds) => setText(uptime, duration(seconds)) };
}

/** Of "6.18.44-something" the part that one compares. */
const shortVersion = (release) => release.split('.').slice(0, 2).join('.');

const fact = (name, value) => el('div', {}, el('dt', {}, name), value);

/** One small sign for each connection, in the header where it is always seen. */
export function badge(name) {
  const element = el('li.badge', { 'data-state': 'paused' }, name);
  byId('badges').append(element);
  return {
    show(state) {
      element.dataset.state = state;
      element.title = `${name}: ${state}`;
    },
  };
}
