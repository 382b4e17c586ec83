// The inspector's page: a client of CometKit that listens to one subject, and asks for the rest.
import { createClient } from './cometkit.js';
import { showNode } from './drain.js';
import { ask, attempt, element, fill, notify, pairs, part } from './parts.js';

let chosen;
let before;

const clock = (time) => new Date(time).toLocaleTimeString();

function happening({ session, time, what, reason, from, to, hook, about }) {
  const asked = [hook && `${hook} hook`, about].filter(Boolean).join(', ');
  const missing = what === 'gap' ? `, positions ${from} to ${to}` : asked && `, ${asked}`;
  const item = element('li', '');
  const why = reason === undefined ? '' : ` (${reason}${missing})`;
  item.append(element('time', clock(time)), ` ${what}${why} `, opener(session));
  return item;
}

function opener(id) {
  const button = element('button', id.slice(0, 8), { type: 'button', title: id, class: 'link' });
  button.addEventListener(
    'click',
    attempt(() => choose(id)),
  );
  const cell = element('span', '');
  cell.append(button);
  return cell;
}

function showOverview({ node, stats, refusals, gaps, patterns, counted, happened }) {
  const rate = (name) => (before === undefined ? '–' : Math.max(0, stats[name] - before[name]));
  const missing = Object.values(gaps).reduce((sum, count) => sum + count, 0);
  const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0);
  pairs(part('figures'), [
    ...(node === undefined ? [] : [['node', node]]),
    ['sessions', stats.sessions],
    ['channels open', stats.attached],
    ['served together', stats.grouped],
    ['behind', stats.behind],
    ['subscriptions', stats.subscriptions],
    ['published a second', rate('published')],
    ['handed over a second', rate('taken')],
    ['events in the log', stats.logEvents],
    ['waiting events', stats.queuedEvents],
    ['gaps', missing],
    ['refusals', refused],
  ]);
  before = stats;
  part('counted').hidden = counted >= stats.subscriptions;
  part('counted').textContent = `Of ${counted} subscriptions of ${stats.subscriptions}:`;
  fill(part('patterns'), patterns, ([pattern, count]) => element('li', `${pattern}: ${count}`));
  fill(part('news'), happened, happening);
}

async function listSessions() {
  const { rows, total } = await ask(`sessions?find=${encodeURIComponent(part('find').value)}`);
  part('total').textContent = total > rows.length ? `${rows.length} of ${total}` : `${total}`;
  fill(part('sessions'), rows, sessionLine);
  // An empty table that can be scrolled has nothing that a keyboard reaches.
  part('found').hidden = rows.length === 0;
  return total;
}

/** Finds sessions; one of another node is not in the list, but where it is can be told by its whole id. */
async function find() {
  const id = part('find').value;
  if ((await listSessions()) === 0 && /^[\w-]{22}$/.test(id)) await choose(id);
}

function sessionLine(row) {
  const line = document.createElement('tr');
  const first = document.createElement('td');
  first.append(opener(row.id));
  const patterns = row.patterns.join(', ') + (row.more > 0 ? ` and ${row.more} more` : '');
  const cells = [row.principal ?? '', row.transport, row.state, patterns, row.queued];
  line.append(first, ...cells.map((text) => element('td', String(text))));
  return line;
}

async function choose(id) {
  chosen = id;
  part('sentences').replaceChildren();
  await showChosen();
  part('one').scrollIntoView({ block: 'nearest' });
}

async function showChosen() {
  if (chosen === undefined) return;
  const { row, timeline, where } = await ask(`sessions/${chosen}`);
  part('one').hidden = false;
  part('one-title').textContent = `Session ${chosen}`;
  const known = row ?? { state: `not here: ${where}` };
  const shown = [
    'principal',
    'transport',
    'state',
    'taken',
    'acked',
    'acknowledges',
    'grouped',
    'queued',
    'queuedBytes',
  ];
  pairs(
    part('row'),
    shown.filter((name) => known[name] !== undefined).map((name) => [name, known[name]]),
  );
  fill(part('timeline'), timeline, happening);
}

part('search').addEventListener('submit', attempt(find));
part('explain').addEventListener(
  'submit',
  attempt(async () => {
    const subject = encodeURIComponent(part('subject').value);
    const [first] = await ask(`explain?session=${chosen}&subject=${subject}`);
    part('sentences').replaceChildren(...first.sentences.map((text) => element('li', text)));
  }),
);
part('publish').addEventListener(
  'submit',
  attempt(async () => {
    const { position } = await ask('actions/publish', {
      subject: part('to').value,
      data: JSON.parse(part('data').value),
    });
    notify(`published at position ${position}`);
  }),
);
part('revoke').addEventListener(
  'click',
  attempt(async () =>
    notify(`${(await ask('actions/revoke', { session: chosen })).revoked} subscriptions taken away`),
  ),
);
part('end').addEventListener(
  'click',
  attempt(async () => {
    await ask('actions/end', { session: chosen });
    await showChosen();
  }),
);

const client = createClient(new URL('push', location.href).href);
client.on('state', (state) => {
  part('state').textContent = state;
});
client.subscribe('/overview').on(({ data }) => {
  showOverview(data);
  showNode(data);
  Promise.all([listSessions(), showChosen()]).catch((error) => notify(error.message));
});
attempt(listSessions)();
