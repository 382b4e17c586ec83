import { createClient } from './client/cometkit.js';
import { Row } from './row.js';

const rows = new Map();
const counts = { events: 0, conflated: 0 };

const client = createClient('/push');
const stateBadge = document.getElementById('state');
client.on('state', (state) => {
  stateBadge.textContent = state;
  stateBadge.className = `badge ${state}`;
});
document.getElementById('transport').addEventListener('change', ({ target }) => client.use(target.value));

// The newest price of each name to begin with, then every change: no moment at which the table is wrong.
for await (const item of client.subscribe('/prices', { latest: true, gaps: true })) {
  if (item.kind === 'gap') counts.conflated += item.count ?? 0;
  else {
    counts.events += 1;
    rowOf(item.subject.slice('/prices/'.length)).show(item.data);
  }
  document.getElementById('counts').textContent =
    `${counts.events} changes, ${counts.conflated} left out as outdated`;
}

function rowOf(name) {
  if (!rows.has(name)) {
    const before = [...rows.keys()].filter((other) => other < name).length;
    rows.set(name, new Row(name, document.getElementById('prices'), before));
  }
  return rows.get(name);
}
