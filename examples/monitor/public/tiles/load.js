import { chart } from '../lib/chart.js';
import { Series } from '../lib/series.js';
import { frame, HISTORY, rows } from './frame.js';

/** Load averages: how many threads wanted to run, compared with how many can. */
export function load() {
  const tile = frame('Load');
  const one = new Series(HISTORY);
  const curve = chart([{ series: one, color: '--cool' }], { floor: 1, label: 'Load average of one minute' });
  const list = rows();
  tile.body.append(curve.element, list.element);

  const show = tile.show((data) => {
    tile.headline(data.one.toFixed(2));
    one.push(data.one);
    curve.update();
    list.set('5 minutes', data.five.toFixed(2));
    list.set('15 minutes', data.fifteen.toFixed(2));
    list.set('can run at once', String(data.cores));
    if (data.threads !== undefined) list.set('threads', `${data.threads}, ${data.running} running`);
  });
  return { subject: '/system/load', element: tile.element, show };
}
