// Publishes as a workload says, in the server's own process, and measures the processor time of the window.
import { meterOf } from './meter.mjs';
import { createPayloads, lastNumber } from './payload.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const turn = () => new Promise((resolve) => setImmediate(resolve));

class Window {
  #meter;
  #from;
  #wall = performance.now();
  events = 0;

  constructor({ control, meter }) {
    this.#meter = meter;
    this.#from = meter.cpu();
    control.say('begin');
  }

  close() {
    const { cpuUs, userUs } = this.#meter.cpu();
    const wallMs = performance.now() - this.#wall;
    const spent = { cpuUs: cpuUs - this.#from.cpuUs, userUs: userUs - this.#from.userUs };
    return { events: this.events, ...spent, wallMs, last: lastNumber() };
  }
}

/** A steady rate: each event in a turn of its own as long as the process keeps up. */
async function steady(stage, { rate, subjects = 1, warmUpMs, measureMs }) {
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
    if (count === warmUp) window = new Window(stage);
    stage.publish(count % subjects);
    if (window) window.events += 1;
  }
  await sleep(stepMs);
  return window.close();
}

/** A closed loop: `size` events in one turn, the next burst when everybody has them all. */
async function bursts(stage, { size, warmUpMs, measureMs }) {
  let window;
  let number = 0;
  for (const from = performance.now(); performance.now() - from < warmUpMs + measureMs; ) {
    if (!window && performance.now() - from >= warmUpMs) window = new Window(stage);
    for (let count = 0; count < size; count += 1) stage.publish(0);
    number += size;
    if (!(await stage.control.reached(number))) break;
    if (window) window.events += size;
  }
  window ??= new Window(stage);
  return window.close();
}

/** A closed loop: `batch` events in a turn, at most `size` of them under way. */
async function turns(stage, { size, batch = 1, warmUpMs, measureMs }) {
  let window;
  let number = 0;
  for (const from = performance.now(); performance.now() - from < warmUpMs + measureMs; ) {
    if (!window && performance.now() - from >= warmUpMs) window = new Window(stage);
    for (let count = 0; count < batch; count += 1) stage.publish(0);
    number += batch;
    if (window) window.events += batch;
    await turn();
    // Progress is told in tenths of the window.
    if (!(await stage.control.reached(Math.floor((number - size) / (size / 10)) * (size / 10)))) break;
  }
  window ??= new Window(stage);
  return window.close();
}

/** Nothing is published: what the waiting clients cost by themselves. */
async function idle(stage, { warmUpMs, measureMs }) {
  await sleep(warmUpMs);
  const window = new Window(stage);
  await sleep(measureMs);
  return window.close();
}

const kinds = { steady, bursts, turns, idle };

/** Runs a plan against a system. */
export function drive(system, control, plan) {
  const payload = createPayloads(plan.bytes ?? 150);
  const publish = (subject) => system.publish(subject, payload(subject));
  return kinds[plan.kind]({ publish, control, meter: meterOf(system) }, plan);
}
