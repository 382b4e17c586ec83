// Finds the marker of each event, ~subject.number.time~, and keeps account. The twin of tally.c.
const marker = /~(\d+)\.(\d+)\.(\d+)~/g;
const longest = 48;
const window = 64;

/** Monotonic time, the same clock for every process of a machine. Units: µs. */
export function nowUs() {
  return Number(process.hrtime.bigint() / 1000n);
}

function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What one connection has received. */
export class Record {
  last = 0;
  distinct = 0;
  carry = '';
  /** Those of the latest 64 numbers that have come. */
  seen = new Set();

  constructor(index, subject) {
    this.index = index;
    this.subject = subject;
  }
}

/** The account of all connections. */
export class Tally {
  reachedByAll = 0;
  answers = 0;
  bytes = 0;
  ended = 0;
  acknowledged = 0;
  unanswered = 0;
  #faults = { duplicates: 0, reordered: 0, misrouted: 0 };
  #firstFault = '';
  #reached = new Map();
  #ages = [];
  #settings;

  constructor(settings) {
    this.#settings = settings;
    this.begin();
  }

  begin() {
    this.#ages = [];
    this.answers = 0;
    this.acknowledged = 0;
    this.bytes = 0;
    this.from = nowUs();
    this.cpuFrom = cpuUs();
  }

  scan(record, bytes) {
    const text = record.carry + bytes.toString('latin1');
    const now = nowUs();
    let end = 0;
    for (const match of text.matchAll(marker)) {
      this.#note(record, Number(match[1]), Number(match[2]), Math.max(0, now - Number(match[3])));
      end = match.index + match[0].length;
    }
    const cut = text.lastIndexOf('~');
    record.carry = cut >= end && text.length - cut < longest ? text.slice(cut) : '';
  }

  #note(record, subject, number, age) {
    this.#ages.push(age);
    if (subject !== record.subject)
      this.#fault(record, 'misrouted', 'an event of another subject came', number);
    else if (record.seen.has(number) || number <= record.last - window)
      this.#fault(record, 'duplicates', 'a number came again', number);
    else {
      if (number < record.last) this.#fault(record, 'reordered', 'a number came late', number);
      else this.#advance(record, number);
      record.seen.add(number);
      record.distinct += 1;
    }
  }

  #advance(record, number) {
    const { ack } = this.#settings;
    if (number > record.last + 1) this.#fault(record, undefined, 'a number was left out before', number);
    for (let k = Math.floor(record.last / ack) + 1; ack > 0 && k <= Math.floor(number / ack); k += 1) {
      const count = (this.#reached.get(k) ?? 0) + 1;
      this.#reached.set(k, count);
      if (count < this.#listening) continue;
      this.#reached.delete(k);
      this.reachedByAll = k * ack;
    }
    for (let old = record.last - window; old <= number - window; old += 1) record.seen.delete(old);
    record.last = number;
  }

  get #listening() {
    return this.#settings.connections - this.#settings.dead;
  }

  #fault(record, kind, what, number) {
    if (kind) this.#faults[kind] += 1;
    this.#firstFault ||= `connection ${record.index}: ${what}: ${number}, highest so far ${record.last}`;
  }

  report(records, last) {
    const listening = records.filter((record) => !record.deaf);
    const ages = this.#ages.sort((a, b) => a - b);
    const age = (share) => ages[Math.floor(ages.length * share)] ?? 0;
    return {
      connections: this.#settings.connections,
      listening: this.#listening,
      received: listening.reduce((sum, record) => sum + record.distinct, 0),
      lost: listening.reduce((sum, record) => sum + Math.max(0, last - record.distinct), 0),
      ...this.#faults,
      ended: this.ended,
      unanswered: this.unanswered,
      answers: this.answers,
      acknowledged: this.acknowledged,
      bytes: this.bytes,
      latencyUs: { p50: age(0.5), p99: age(0.99), max: ages.at(-1) ?? 0 },
      windowEvents: ages.length,
      cpuUs: cpuUs() - this.cpuFrom,
      wallUs: nowUs() - this.from,
      firstFault: this.#firstFault,
    };
  }
}
