import { cpu } from './cpu.js';
import { disk } from './disk.js';
import { load } from './load.js';
import { memory } from './memory.js';
import { network } from './network.js';
import { processTile } from './process.js';
import { sensors } from './sensors.js';

/** The tiles in the order of the page, each `{ subject, element, show(data) }`. */
export const createTiles = () => [cpu(), memory(), load(), network(), disk(), processTile(), sensors()];
