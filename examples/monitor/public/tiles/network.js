import { chart } from '../lib/chart.js';
import { rate } from '../lib/format.js';
import { Series } from '../lib/series.js';
import { frame, HISTORY, legend, rows } from './frame.js';

const MAX_INTERFACES = 5;

/** What goes in and out, together and for each interface. */
export function network() {
  const tile = frame('Network');
  const [receiving, sending] = [new Series(HISTORY), new Series(HISTORY)];
  const lines = [
    { series: receiving, color: '--accent' },
    { series: sending, color: '--warm' },
  ];
  const curve = chart(lines, { floor: 1024, label: 'Network traffic, bytes per second' });
  const list = rows();
  tile.body.append(
    curve.element,
    legend([
      ['in', 'accent'],
      ['out', 'warm'],
    ]),
    list.element,
  );

  const show = tile.show((data) => {
    tile.headline(rate(data.receiving + data.sending));
    receiving.push(data.receiving);
    sending.push(data.sending);
    curve.update();
    for (const entry of busiest(data.interfaces)) {
      list.set(entry.name, `↓ ${rate(entry.receiving)}   ↑ ${rate(entry.sending)}`);
    }
  });
  return { subject: '/system/network', element: tile.element, show };
}

/** Those that have carried anything at all, the ones that carried most first. */
function busiest(interfaces) {
  const total = (entry) => entry.received + entry.sent;
  const used = interfaces.filter((entry) => total(entry) > 0);
  return used.sort((a, b) => total(b) - total(a)).slice(0, MAX_INTERFACES);
}
