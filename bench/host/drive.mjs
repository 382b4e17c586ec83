// Publishes as a workload says, in the server's own process, and measures the processor time of the window.
import { meterOf } from './meter.mjs';
import { createPayloads, lastNumber, nowUs } from './payload.mjs';

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

/**
 * A steady rate for as long as the runner wants; the window begins after the warm-up. An event counts from when it was due, so
 * that it shows when the process itself stood still.
 */
async function throughout(stage, { rate, warmUpMs }) {
  const stepMs = 1000 / rate;
  const from = performance.now();
  const fromUs = nowUs();
  let window;
  for (let count = 1; !stage.halt.asked; count += 1) {
    const wait = from + count * stepMs - performance.now();
    if (wait > 0) await sleep(wait);
    if (!window && performance.now() - from >= warmUpMs) window = new Window(stage);
    stage.publish(0, fromUs + Math.round(count * stepMs * 1000));
    if (window) window.events += 1;
  }
  window ??= new Window(stage);
  return window.close();
}

// So many in a turn that reading the clock of the processor is nothing beside them.
const unmatchedInTurn = 5000;

/** The same event again and again, on subjects that nobody wants: only the time within the calls is counted. */
async function unmatched({ system, meter, payload }, { subjects, empty, warmUpMs, measureMs }) {
  const data = empty ? {} : payload(0);
  const spent = { events: 0, cpuUs: 0, userUs: 0 };
  const from = performance.now();
  for (let now = from; now - from < warmUpMs + measureMs; now = performance.now()) {
    const before = meter.cpu();
    for (let count = 0; count < unmatchedInTurn; count += 1) system.publish(count % subjects, data);
    const { cpuUs, userUs } = meter.cpu();
    if (now - from >= warmUpMs) {
      spent.events += unmatchedInTurn;
      spent.cpuUs += cpuUs - before.cpuUs;
      spent.userUs += userUs - before.userUs;
    }
    await turn();
  }
  return { ...spent, wallMs: performance.now() - from, last: 0 };
}

/** Nothing is published until the runner has seen enough: for a profile of what clients do. */
async function attend({ halt }) {
  while (!halt.asked) await sleep(20);
  return {};
}

const kinds = { steady, bursts, turns, idle, throughout, unmatched, attend };

/** Runs a plan against a system. `halt` has `asked`, which ends the kind `throughout`. */
export function drive(system, control, plan, halt) {
  const payload = createPayloads(plan.bytes ?? 150);
  const publish = (subject, us) => system.publish(subject, payload(subject, us));
  return kinds[plan.kind]({ publish, system, payload, control, halt, meter: meterOf(system) }, plan);
}

/** Publishes events that nobody is there for yet. */
export function preload(system, { events, bytes }) {
  const payload = createPayloads(bytes);
  for (let count = 0; count < events; count += 1) system.publish(0, payload(0));
}
