// Publishes as a workload says, in the server's own process, and measures the processor time of the window.
import { createPayloads, lastNumber } from './payload.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const turn = () => new Promise((resolve) => setImmediate(resolve));

class Window {
  #cpu = process.cpuUsage();
  #wall = performance.now();
  events = 0;

  constructor(control) {
    control.say('begin');
  }

  close() {
    const { user, system } = process.cpuUsage(this.#cpu);
    const wallMs = performance.now() - this.#wall;
    return { events: this.events, cpuUs: user + system, userUs: user, wallMs, last: lastNumber() };
  }
}

/** A steady rate: each event in a turn of its own as long as the process keeps up. */
async function steady({ publish, control }, { rate, subjects = 1, warmUpMs, measureMs }) {
  const stepMs = 1000 / rate;
  // Whole rounds over the subjects, so that all of them end with the same number.
  const whole = (ms) => Math.ceil(ms / stepMs / subjects) * subjects;
  const warmUp = whole(warmUpMs);
  const total = warmUp + whole(measureMs);
  const from = performance.now() + stepMs;
  let window;
  for (let count = 0; count < total; count += 1) {
    const wait = from + count * stepMs - performance.now();
    if (wait > 0) await sleep(wait);
    if (count === warmUp) window = new Window(control);
    publish(count % subjects);
    if (window) window.events += 1;
  }
  await sleep(stepMs);
  return window.close();
}

/** A closed loop: `size` events in one turn, the next burst when everybody has them all. */
async function bursts({ publish, control }, { size, warmUpMs, measureMs }) {
  let window;
  let number = 0;
  for (const from = performance.now(); performance.now() - from < warmUpMs + measureMs; ) {
    if (!window && performance.now() - from >= warmUpMs) window = new Window(control);
    for (let count = 0; count < size; count += 1) publish(0);
    number += size;
    if (!(await control.reached(number))) break;
    if (window) window.events += size;
  }
  window ??= new Window(control);
  return window.close();
}

/** A closed loop: every event in a turn of its own, at most `size` of them under way. */
async function turns({ publish, control }, { size, warmUpMs, measureMs }) {
  let window;
  let number = 0;
  for (const from = performance.now(); performance.now() - from < warmUpMs + measureMs; ) {
    if (!window && performance.now() - from >= warmUpMs) window = new Window(control);
    publish(0);
    number += 1;
    if (window) window.events += 1;
    await turn();
    // Progress is told in tenths of the window.
    if (!(await control.reached(Math.floor((number - size) / (size / 10)) * (size / 10)))) break;
  }
  window ??= new Window(control);
  return window.close();
}

/** Nothing is published: what the waiting clients cost by themselves. */
async function idle({ control }, { warmUpMs, measureMs }) {
  await sleep(warmUpMs);
  const window = new Window(control);
  await sleep(measureMs);
  return window.close();
}

const kinds = { steady, bursts, turns, idle };

/** Runs a plan against a system. */
export function drive(system, control, plan) {
  const payload = createPayloads(plan.bytes ?? 150);
  const publish = (subject) => system.publish(subject, payload(subject));
  return kinds[plan.kind]({ publish, control }, plan);
}
