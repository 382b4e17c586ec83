import { chart } from '../lib/chart.js';
import { el, setText } from '../lib/dom.js';
import { percent } from '../lib/format.js';
import { Series } from '../lib/series.js';
import { frame, HISTORY, legend } from './frame.js';

/** All cores together as a large chart, each core as a small one. */
export function cpu() {
  const tile = frame('Processor', { wide: true });
  const [busy, system] = [new Series(HISTORY), new Series(HISTORY)];
  const lines = [
    { series: busy, color: '--accent' },
    { series: system, color: '--warm' },
  ];
  const whole = chart(lines, { floor: 10, label: 'Processor, all cores, percent' });
  const grid = el('div.cores');
  const cores = [];
  tile.body.append(
    whole.element,
    legend([
      ['busy', 'accent'],
      ['of that in the kernel', 'warm'],
    ]),
    grid,
  );

  const show = tile.show((data) => {
    tile.headline(percent(data.busy));
    busy.push(data.busy);
    system.push(data.system);
    whole.update();
    data.cores.forEach((value, index) => {
      cores[index] ??= addCore(grid, index);
      cores[index](value);
    });
  });
  return { subject: '/system/cpu', element: tile.element, show };
}

function addCore(grid, index) {
  const series = new Series(60);
  const curve = chart([{ series, color: '--accent' }], { max: 100, label: `Core ${index}, percent` });
  const value = el('span');
  grid.append(el('div.core', {}, el('p', {}, el('span.muted', {}, `core ${index}`), value), curve.element));
  return (percentBusy) => {
    setText(value, percent(percentBusy));
    series.push(percentBusy);
    curve.update();
  };
}
