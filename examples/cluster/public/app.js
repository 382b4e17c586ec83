import { createClient } from './client/cometkit.js';
import { presence } from './client/presence.js';

const at = (id) => document.getElementById(id);
const nodes = new Map();
const counts = { events: 0, missing: 0, repeated: 0, gaps: 0 };

const client = createClient('/push');
client.on('state', (state) => {
  at('state').textContent = state;
  at('state').className = `badge ${state}`;
});
at('kill').addEventListener('click', () => fetch('/kill', { method: 'POST' }).catch(() => undefined));

// To listen is to be there.
client.subscribe('/pages');
const pages = presence(client, '/pages');
pages.on(() => {
  at('pages').replaceChildren(
    ...pages.members.map(({ id }) => line(id === client.id ? `${id} (this page)` : id)),
  );
});
setInterval(ask, 1000);

for await (const item of client.subscribe('/nodes', { gaps: true })) {
  if (item.kind === 'gap') counts.gaps += 1;
  else count(item.subject, item.data.n);
  at('counts').textContent = Object.entries(counts)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ');
}

function count(subject, n) {
  const node = nodes.get(subject) ?? {
    last: n - 1,
    line: at('nodes').appendChild(line('')),
  };
  nodes.set(subject, node);
  counts.events += 1;
  if (n <= node.last) counts.repeated += 1;
  else counts.missing += n - node.last - 1;
  node.last = Math.max(node.last, n);
  node.line.textContent = `${subject}: ${node.last}`;
}

// Another node answers each time.
async function ask() {
  const answer = await fetch('/pages').then(
    (response) => response.json(),
    () => undefined,
  );
  if (answer) at('asked').textContent = `node ${answer.node} knows ${answer.open.length}`;
}

function line(text) {
  const item = document.createElement('li');
  item.textContent = text;
  return item;
}
