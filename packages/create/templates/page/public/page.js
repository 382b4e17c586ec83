import { createClient } from 'cometkit/client';

/** @import { Client } from 'cometkit/client' */
/** @import { Subjects } from '../src/subjects.ts' */

/**
 * What this tab knows. It is kept together with the cursor up to which it knows it, so that a reload goes on from there.
 *
 * @type {{ loads: number, got: number, missing: number, lines: string[], cursor?: string }}
 */
const kept = JSON.parse(sessionStorage.getItem('ticks') ?? '{"loads":0,"got":0,"missing":0,"lines":[]}');
kept.loads += 1;

/** @type {Client<Subjects>} */
const client = createClient('/push', { resumeFrom: kept.cursor });

client.subscribe('/ticks', { gaps: true }).on((item) => {
  if (item.kind === 'gap') {
    // Only what the server itself has lost, such as by a restart.
    kept.missing += item.count ?? 1;
    kept.lines.unshift(`a gap: ${item.reason}`);
  } else {
    kept.got += 1;
    kept.lines.unshift(`${item.data.number}, ${new Date(item.data.time).toLocaleTimeString()}`);
  }
  kept.lines.length = Math.min(kept.lines.length, 10);
  kept.cursor = item.cursor;
  sessionStorage.setItem('ticks', JSON.stringify(kept));
  show();
});

client.on('state', show);
client.on('transport', show);
client.on('error', (error) => console.error(error));
element('reload').addEventListener('click', () => location.reload());
show();

function show() {
  const { loads, got, missing, lines } = kept;
  element('state').textContent = [client.state, client.transport ?? []].flat().join(', by ');
  element('summary').textContent =
    `${got} events in ${loads} ${loads === 1 ? 'load' : 'loads'}, ${missing} missing`;
  element('ticks').replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement('li'), { textContent: line })),
  );
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element "${id}"`);
  return found;
}
