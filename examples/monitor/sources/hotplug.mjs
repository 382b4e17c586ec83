import { listDevices } from './devices.mjs';

/** Looks every second which devices appeared, vanished or changed, and tells each as an event of its own. */
export function hotplug(look = listDevices) {
  let before;
  let count = 0;
  return {
    everyMs: 1000,
    async *read() {
      const now = await look();
      // The first look finds what is there already: that is no news.
      const changes = before === undefined ? [] : differences(before, now);
      before = now;
      for (const [change, device] of changes) {
        count += 1;
        const data = { id: `${process.pid}-${count}`, change, ...device, at: Date.now() };
        yield { subject: `/hotplug/${device.kind}/${subjectSafe(device.name)}`, data };
      }
    },
  };
}

function differences(before, now) {
  const changes = [];
  for (const [key, device] of now) {
    const last = before.get(key);
    if (last === undefined) changes.push(['appeared', device]);
    else if (last.state !== device.state) changes.push(['changed', device]);
  }
  for (const [key, device] of before) {
    if (!now.has(key)) changes.push(['vanished', device]);
  }
  return changes;
}

/** Names of devices may hold anything but "/" and blanks; subjects are pickier. */
function subjectSafe(name) {
  return name.replace(/[^\w.@-]/g, '_');
}
