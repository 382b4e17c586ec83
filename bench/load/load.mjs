// The load generator without a compiler: obeys the same settings and orders as load.c and reports the same figures,
// but tires earlier. The ceilings it finds are its own, not the server's.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import { Speaker } from './acknowledge.mjs';
import { AnswerReader } from './answer.mjs';
import { readSettings, requestOf, takeCaptures } from './script.mjs';
import { nowUs, Record, Tally } from './tally.mjs';

let settings;
let tally;
let control;
let live = 0;
let acknowledged = 0;
const clients = [];

function openConnection(index, ready) {
  const localAddress = `127.0.0.${1 + (index % settings.sources)}`;
  const to = { port: settings.port, host: '127.0.0.1', localAddress, noDelay: true };
  // Whose certificate it is does not matter here.
  if (settings.tls) return connectTls({ ...to, rejectUnauthorized: false }, ready);
  return connect(to, ready);
}

class Client extends Record {
  values = new Map();
  tally = tally;
  #step = 0;
  #live = false;
  #answer = '';
  #speaker;
  #reader = new AnswerReader(this);

  constructor(index) {
    super(index, index % settings.subjects);
    this.values.set('i', `${index}`).set('s', `${this.subject}`);
    this.socket = openConnection(index, () => this.#send());
    this.socket.on('data', (bytes) => this.#reader.push(bytes));
    this.socket.on('error', (error) => this.#over(error));
    this.socket.on('close', () => this.#over(new Error('the server closed the connection')));
  }

  get isOver() {
    return this.gone === true;
  }

  get #present() {
    return settings.steps[this.#step];
  }

  get #isLast() {
    return this.#step === settings.steps.length - 1;
  }

  #send() {
    this.#answer = '';
    if (!this.#present.websocket) this.#reader.begin();
    this.socket.write(requestOf(this.#present, this.values));
    if (this.#isLast && settings.repeat && !this.#live) this.#goLive();
  }

  #goLive() {
    this.#live = true;
    live += 1;
    this.deaf = this.index < settings.dead;
    if (this.deaf) this.socket.pause();
    if (settings.acknowledge)
      this.#speaker = new Speaker(this, settings, (ready) => openConnection(this.index, ready));
    if (live === settings.connections) process.stdout.write(`{"ready":${live}}\n`);
    else openMore();
  }

  #over(error) {
    if (!this.#live) throw new Error(`connection ${this.index}, step ${this.#step + 1}: ${error.message}`);
    if (this.socket === undefined || this.gone) return;
    this.gone = true;
    tally.ended += 1;
  }

  #done() {
    takeCaptures(this.#present, this.#answer, this.values);
    if (!this.#isLast) {
      this.#step += 1;
      this.#send();
    } else if (!this.#live) this.#goLive();
  }

  onHead(head, open, upgraded) {
    this.#answer += head;
    if (!this.#present.expect && !settings.repeat && open && (this.#isLast || upgraded)) this.#done();
  }

  onBody(bytes) {
    tally.bytes += bytes.length;
    const setting = !this.#live || (settings.repeat && this.#present.captures.length > 0);
    if (setting) this.#answer += bytes.toString('latin1');
    tally.scan(this, bytes);
    this.#speaker?.look(bytes);
    tellProgress();
    const { expect } = this.#present;
    if (!this.#live && expect && !settings.repeat && this.#answer.includes(expect)) this.#done();
  }

  onEnd() {
    if (settings.repeat && this.#isLast) {
      tally.answers += 1;
      takeCaptures(this.#present, this.#answer, this.values);
      this.#send();
    } else if (this.#live) tally.ended += 1;
    else this.#done();
  }
}

function openMore() {
  while (clients.length < settings.connections && clients.length - live < settings.opening)
    clients.push(new Client(clients.length));
}

function tellProgress() {
  if (!control || tally.reachedByAll === acknowledged) return;
  acknowledged = tally.reachedByAll;
  control.write(`${acknowledged}\n`);
}

function end(last) {
  const latest = nowUs() + settings.grace * 1000;
  let until = latest;
  setInterval(() => {
    // After the last event a little longer: what comes twice comes then.
    if (until === latest && clients.every((client) => client.deaf || client.last >= last))
      until = nowUs() + 100_000;
    if (nowUs() < until) return;
    process.stdout.write(`${JSON.stringify(tally.report(clients, last))}\n`, () => process.exit(0));
    until = Infinity;
  }, 20);
}

function obey(line) {
  if (line === 'begin') tally.begin();
  if (line === 'stop') process.exit(0);
  if (line.startsWith('end ')) end(Number(line.slice(4)));
}

function go(lines) {
  settings = readSettings(lines);
  tally = new Tally(settings);
  if (settings.control) {
    control = connect({ port: settings.control, host: '127.0.0.1', noDelay: true });
    control.on('error', () => process.exit(1)); // the server under test is gone
    createInterface({ input: control }).on('line', obey);
  }
  openMore();
}

process.on('uncaughtException', (error) => {
  process.stderr.write(`load: ${error.message}\n`);
  process.exit(1);
});
const lines = [];
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (settings) obey(line);
    else if (line === 'go') go(lines);
    else lines.push(line);
  })
  .on('close', () => process.exit(0));
