// The section of the page that drains this node, once the operator has read what that does to whom.
import { ask, attempt, element, notify, part } from './parts.js';

const dialog = part('drain-dialog');
let shown;

/** What the node is up to, from the newest overview. */
export function showNode(overview) {
  shown = overview;
  const { ready, drain, stats } = overview;
  const left = `${count(stats.sessions, 'session')}, ${count(stats.attached, 'open channel')}`;
  part('node-state').textContent = sentences[drain.state]({ ready, left });
  part('drain').hidden = drain.state !== 'possible';
  if (drain.state !== 'possible') dialog.close();
}

const taking = ({ ready }) => (ready ? 'It takes new clients.' : 'It is not ready for new clients.');

const sentences = {
  possible: taking,
  forbidden: taking,
  impossible: (now) =>
    `${taking(now)} It cannot be drained from here: the inspector was given a hub, not what serves it.`,
  draining: ({ left }) => `It drains, and takes no new clients. Still here: ${left}.`,
  drained: ({ left }) =>
    `It is drained: everybody was told to move. Still here: ${left}. It takes new clients again when its process starts anew.`,
  closed: () => 'Its hub is closed.',
};

const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
const seconds = (ms) => `${ms / 1000} s`;

/** What a drain means here and now, a sentence each. */
function meanings({ node, drain, stats, census }) {
  const unmoved = ['tcp', 'udp'].reduce((sum, name) => sum + census[name].open + census[name].congested, 0);
  return [
    `At once it says that it is not ready, and a balancer that asks sends new clients elsewhere. It is given ${seconds(drain.settleMs)} to notice.`,
    `Then ${count(stats.attached, 'open channel')} of ${count(stats.sessions, 'session')} are told to move, in random order over ${seconds(drain.drainMs)}.`,
    node === undefined
      ? 'This server shares its sessions with no other: who comes back here goes on, who comes to another server begins a new session there.'
      : 'Clients go on at another node with their session and their place, and miss nothing. Who comes back here is served.',
    'Clients of the original protocol cannot move: their sessions end, and they join again.',
    ...(unmoved === 0
      ? []
      : [`${count(unmoved, 'channel')} over TCP or UDP stay until their server closes.`]),
    node === undefined
      ? 'Nothing ends the process.'
      : 'Other nodes are not drained, and nothing ends the process.',
    'There is no way back but to start the process anew.',
  ];
}

part('drain').addEventListener('click', () => {
  // Kept as it was read: the request names this node, whichever the page hears of next.
  const { node, drain } = shown;
  part('drain-title').textContent = node === undefined ? 'Drain this server?' : `Drain node ${node}?`;
  part('drain-means').replaceChildren(...meanings(shown).map((text) => element('li', text)));
  part('drain-yes').value = drain.node;
  dialog.showModal();
});
part('drain-no').addEventListener('click', () => dialog.close());
part('drain-yes').addEventListener(
  'click',
  attempt(async ({ currentTarget }) => {
    dialog.close();
    await ask('actions/drain', { node: currentTarget.value });
    notify('It drains.');
  }),
);
