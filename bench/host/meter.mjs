// What a system costs: this process, or the one that it has started where it is not a program of Node.
import { readFileSync } from 'node:fs';
import { getHeapSpaceStatistics } from 'node:v8';

// Units of /proc on Linux: microseconds in a tick, bytes in a page.
const tickUs = 10_000;
const pageBytes = 4096;

// Where V8 makes new objects: it grows to some 30 MB while many come at a time, and is then empty and stays.
function nurseryBytes() {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return space?.physical_space_size ?? 0;
}

function own() {
  return {
    cpu() {
      const { user, system } = process.cpuUsage();
      return { cpuUs: user + system, userUs: user };
    },
    memory() {
      const { rss, heapUsed, external } = process.memoryUsage();
      return { rss, heapUsed, external, nursery: nurseryBytes() };
    },
  };
}

function foreign(pid) {
  const fieldsOf = (file) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
  return {
    // Behind the name, which may hold blanks, the 12th and 13th.
    cpu() {
      const fields = fieldsOf('stat').split(') ').at(-1).split(' ');
      const [user, system] = [Number(fields[11]) * tickUs, Number(fields[12]) * tickUs];
      return { cpuUs: user + system, userUs: user };
    },
    memory() {
      const resident = Number(fieldsOf('statm').split(' ')[1]) * pageBytes;
      return { rss: resident, heapUsed: 0, external: resident, nursery: 0 };
    },
  };
}

/** The meter of a system. Shape: `pid` is set by those that run in a process of their own. */
export function meterOf(system) {
  return system?.pid === undefined ? own() : foreign(system.pid);
}
