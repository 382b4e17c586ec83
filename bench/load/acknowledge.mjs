// What a client of the library says beside reading, on a second connection that is kept. The twin of acknowledge.c.
import { AnswerReader } from './answer.mjs';
import { requestOf } from './script.mjs';

/** The second connection of a client: answers the first heartbeat, and acknowledges what has come. */
export class Speaker {
  #client;
  #settings;
  #open;
  #socket;
  #ready = false;
  #toSay;
  #unanswered = false;
  #due = false;
  #reader = new AnswerReader(this);

  /**
   * @param client - has `values`, `tally` and `isOver`.
   * @param open - opens a connection to the server and calls back when requests may be sent.
   */
  constructor(client, settings, open) {
    this.#client = client;
    this.#settings = settings;
    this.#open = open;
    this.#say(settings.greeting);
  }

  /** Looks for the newest of what has come. What is cut at the end of a piece is acknowledged with what comes next. */
  look(bytes) {
    const { from, to } = this.#settings.newest;
    const text = bytes.toString('latin1');
    for (let at = text.lastIndexOf(from); at >= 0; at = text.lastIndexOf(from, at - 1)) {
      const end = text.indexOf(to, at + from.length);
      if (end >= 0) {
        this.#client.values.set('newest', text.slice(at + from.length, end));
        this.#plan();
        return;
      }
      if (at === 0) return;
    }
  }

  onHead() {}

  onBody() {}

  onEnd() {
    this.#unanswered = false;
    this.#client.tally.acknowledged += 1;
    if (this.#toSay) this.#speak();
  }

  #plan() {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      if (!this.#client.isOver) this.#say(this.#settings.acknowledge);
    }, this.#settings['acknowledge-ms']);
  }

  #say(what) {
    this.#toSay = what;
    if (!this.#socket) this.#connect();
    else if (this.#ready && !this.#unanswered) this.#speak();
  }

  #connect() {
    this.#socket = this.#open(() => {
      this.#ready = true;
      if (this.#toSay) this.#speak();
    });
    this.#socket.on('data', (bytes) => this.#reader.push(bytes));
    this.#socket.on('error', () => this.#socket?.destroy());
    this.#socket.on('close', () => {
      if (this.#unanswered) this.#client.tally.unanswered += 1;
      this.#unanswered = this.#ready = false;
      this.#socket = undefined;
    });
  }

  #speak() {
    const request = requestOf(this.#toSay, this.#client.values);
    this.#toSay = undefined;
    this.#unanswered = true;
    this.#reader.begin();
    this.#socket.write(request);
  }
}
