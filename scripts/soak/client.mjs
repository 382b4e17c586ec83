import { between, endings, pick, sleep } from './chance.mjs';
import { Channel, numberOf } from './channel.mjs';
import { Tally } from './tally.mjs';
import { channelUrl, commandFormat, commandOf } from './wire.mjs';

const patienceMs = 3000;
const ackMs = 5000;

/** One client that joins, listens and goes away in some way, over and over. */
export class Client {
  tally = new Tally();
  sessions = 0;
  /** How often it has stopped to read, and how often the server has given it up for that. */
  stalls = 0;
  givenUp = 0;
  /** How often its session had ended because it came too late itself, which is the fault of a busy machine. */
  late = 0;
  /** What went wrong, in words. */
  troubles = [];
  #world;
  #way;
  #stopped = false;
  #channel;
  #seen = 0;
  #acknowledged = 0;
  #id = '';
  #key = '';
  #cursor = '';
  #refreshUrl = '';
  #waitMs = 0;

  /** @param world the origin, how long clients stay, are away and do not read, and who is told of those */
  constructor(world, way) {
    this.#world = world;
    this.#way = way;
  }

  /** Name of its way of receiving. */
  get way() {
    return this.#way.name;
  }

  /** Lives until it is stopped. */
  async live() {
    await sleep(between(0, this.#world.stayMs.max));
    while (!this.#stopped) {
      await this.#visit();
      this.#channel.reset();
      await sleep(between(10, 500));
    }
  }

  /** Asks it to end; it goes away in the middle of whatever it does. */
  stop() {
    this.#stopped = true;
    if (Math.random() < 0.5) this.#channel?.reset();
  }

  async #visit() {
    this.sessions += 1;
    this.tally.anew();
    [this.#id, this.#key, this.#cursor, this.#refreshUrl] = ['', '', '', ''];
    /** @type {Record<string, string> | undefined} */
    let fields = { type: 'join-listen', subject: '/soak/**' };
    for (;;) {
      if (!(await this.#stay(fields)) || this.#stopped) return;
      const ending = pick(endings);
      if (ending === 'leave') return this.#leave();
      if (ending === 'stall' && this.#way.mode === 'stream') return this.#stall();
      if (ending !== 'return' || !this.#canReturn()) return;
      this.#channel.reset();
      await sleep(between(10, this.#world.awayMs));
      fields = this.#comeback();
    }
  }

  /** Receives for a while. @returns false when that has failed. */
  async #stay(fields) {
    const until = performance.now() + between(this.#world.stayMs.min, this.#world.stayMs.max);
    this.#open(fields);
    while (!this.#stopped && performance.now() < until) {
      const end = await Promise.race([this.#channel.done, sleep(Math.min(1000, until - performance.now()))]);
      if (end === undefined) {
        await this.#acknowledge();
        continue;
      }
      // An answer to a long-poll or poll ends and says when to come back; a stream does not end by itself.
      if (end !== 'ended' || this.#way.mode === 'stream') return this.#failed(this.way, end);
      this.#seen = performance.now();
      await sleep(this.#waitMs);
      if (!this.#stopped) this.#open(undefined);
    }
    return true;
  }

  // Who has once named a cursor promises to go on doing so; its channel is closed when it does not.
  async #acknowledge() {
    const due = performance.now() - this.#acknowledged > ackMs;
    if (!due || this.#way.name !== 'ndjson' || this.#cursor === '') return;
    this.#acknowledged = performance.now();
    await this.#ask({ type: 'ack', ack: this.#cursor });
  }

  #open(fields) {
    const { name, format, mode } = this.#way;
    const resumes = name === 'sse' && this.#cursor !== '';
    const headers = resumes ? { 'last-event-id': this.#cursor } : {};
    const url =
      fields === undefined ? this.#refresh() : channelUrl(this.#world.origin, format, { mode, ...fields });
    this.#channel = new Channel(
      { url },
      { format, headers, onEvent: (event, got) => this.#hear(event, got) },
    );
  }

  #hear(event, fields) {
    this.#seen = performance.now();
    const n = event === 'data' ? numberOf(fields) : undefined;
    if (n !== undefined) this.tally.see(n);
    if (event === 'gap') this.tally.gap();
    if (event === 'join-listen-ack') this.#id = fields.get('session');
    this.#key = fields.get('key') ?? this.#key;
    this.#cursor = fields.get('cursor') ?? this.#cursor;
    if (event === 'refresh') {
      this.#refreshUrl = fields.get('url');
      this.#waitMs = Number(fields.get('waitMs'));
    }
    if (event === 'refused' || event === 'abort') this.#failed(this.way, event);
  }

  // A classic stream has no cursor: its client can only begin anew.
  #canReturn() {
    return this.#cursor !== '' || this.#refreshUrl !== '';
  }

  #comeback() {
    const { name, mode } = this.#way;
    if (name === 'sse') {
      // A new session that goes on where the old one stood.
      this.#id = '';
      return { type: 'join-listen', subject: '/soak/**' };
    }
    if (mode !== 'stream') return undefined;
    return { type: 'listen', session: this.#id, key: this.#key, ack: this.#cursor };
  }

  // The server's own link, where the cursor stands; a modern client proves itself with its key.
  #refresh() {
    const key = this.#way.format === 'ndjson' ? `&key=${this.#key}` : '';
    return `${this.#world.origin}${this.#refreshUrl}${key}`;
  }

  /** Says goodbye, and sees the channel end by itself. */
  async #leave() {
    if (!(await this.#ask({ type: 'leave' }))) return;
    const end = await Promise.race([this.#channel.done, sleep(patienceMs)]);
    if (end === undefined) this.#failed(this.way, 'goes on after leave');
  }

  /** Fills everything between the server and a reader that does not read, until the server gives it up. */
  async #stall() {
    if (!this.#world.mayStall() || !(await this.#ask({ type: 'subscribe', subject: '/bulk' }))) return;
    this.#channel.stall();
    this.#world.stalled(1);
    const until = performance.now() + this.#world.stallMs;
    while (!this.#stopped && performance.now() < until) await sleep(200);
    this.#world.stalled(-1);
    this.stalls += 1;
    this.#channel.discard();
    if ((await Promise.race([this.#channel.done, sleep(patienceMs)])) === 'cut') this.givenUp += 1;
  }

  /** Sends a command. @returns whether it was carried out. */
  async #ask(fields) {
    if (this.#id === '') return false;
    const { format } = this.#way;
    const key = this.#key === '' ? {} : { key: this.#key };
    let refused = false;
    const onEvent = (event) => {
      refused ||= event === 'refused';
    };
    const request = commandOf(this.#world.origin, format, { session: this.#id, ...key, ...fields });
    const end = await new Channel(request, { format: commandFormat(format), onEvent }).done;
    if (end === 'ended' && !refused) return true;
    return this.#failed(fields.type, refused ? 'refused' : end);
  }

  #failed(what, how) {
    if (this.#stopped) return false;
    const { leaseMs, holdUps } = this.#world;
    if (performance.now() - this.#seen > leaseMs * 0.8 || holdUps.within(leaseMs * 2)) this.late += 1;
    else this.troubles.push(`${what}: ${how}`);
    return false;
  }
}
