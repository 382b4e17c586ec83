import { chart } from '../lib/chart.js';
import { bytes, percent } from '../lib/format.js';
import { Series } from '../lib/series.js';
import { bar, frame, HISTORY, legend, rows } from './frame.js';

/** Memory that programs use, out of all there is. */
export function memory() {
  const tile = frame('Memory');
  const [used, withCaches] = [new Series(HISTORY), new Series(HISTORY)];
  const lines = [
    { series: withCaches, color: '--cool' },
    { series: used, color: '--violet' },
  ];
  const curve = chart(lines, { floor: 5, label: 'Memory in use, and with caches, percent' });
  const [share, list] = [bar(), rows()];
  const colors = legend([
    ['in use', 'violet'],
    ['with caches', 'cool'],
  ]);
  tile.body.append(curve.element, colors, share.element, list.element);

  const show = tile.show((data) => {
    tile.headline(bytes(data.used));
    used.push((100 * data.used) / data.total);
    withCaches.push((100 * (data.used + (data.cached ?? 0))) / data.total);
    curve.update();
    share.set(data.used / data.total);
    list.set('in use', `${percent((100 * data.used) / data.total)} of ${bytes(data.total)}`);
    list.set('available', bytes(data.available));
    if (data.cached !== undefined) list.set('caches', bytes(data.cached));
    if (data.swapTotal !== undefined) list.set('swap', swap(data));
  });
  return { subject: '/system/memory', element: tile.element, show };
}

const swap = ({ swapTotal, swapUsed }) =>
  swapTotal > 0 ? `${bytes(swapUsed)} of ${bytes(swapTotal)}` : 'none';
