import { clock } from './clock.mjs';
import { cpu } from './cpu.mjs';
import { disk } from './disk.mjs';
import { hotplug } from './hotplug.mjs';
import { load } from './load.mjs';
import { memory } from './memory.mjs';
import { network } from './network.mjs';
import { processSource } from './process.mjs';
import { sensors } from './sensors.mjs';

/** Everything this example measures; `hubStats` is what the process source asks for deliveries. */
export function createSources(hubStats) {
  return [clock(), cpu(), load(), memory(), network(), disk(), sensors(), processSource(hubStats), hotplug()];
}
