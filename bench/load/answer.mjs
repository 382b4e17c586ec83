// Takes HTTP answers apart: head, and a body by length, in chunks or up to the end. The twin of answer.c.
const headEnd = Buffer.from('\r\n\r\n');

export class AnswerReader {
  #state = 'head';
  #held = Buffer.alloc(0);
  #remaining = 0;
  #listener;

  /** `listener` has onHead(text, open), onBody(bytes) and onEnd(). */
  constructor(listener) {
    this.#listener = listener;
  }

  begin() {
    this.#state = 'head';
    this.#held = Buffer.alloc(0);
  }

  push(bytes) {
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) {
      const used = this.#take(rest);
      if (used === 0) {
        this.#held = rest;
        return;
      }
      rest = rest.subarray(used);
    }
  }

  #take(bytes) {
    if (this.#state === 'head') return this.#takeHead(bytes);
    if (this.#state === 'size' || this.#state === 'trailer') return this.#takeLine(bytes);
    return this.#takeBody(bytes);
  }

  #takeHead(bytes) {
    const end = bytes.indexOf(headEnd);
    if (end < 0) return 0;
    const head = bytes.toString('latin1', 0, end);
    const status = Number(head.slice(9, 12));
    if (status !== 101 && (status < 200 || status > 299)) throw new Error(`the server refused: ${bytes}`);
    const length = /\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1] ?? (status === 204 ? '0' : undefined);
    this.#remaining = Number(length ?? 0);
    this.#state = 'close';
    if (/\r\ntransfer-encoding: chunked/i.test(head)) this.#state = 'size';
    else if (length !== undefined) this.#state = 'length';
    const open = this.#state !== 'length';
    this.#listener.onHead(head, open, status === 101);
    if (this.#state === 'length' && this.#remaining === 0) this.#end();
    return end + 4;
  }

  #takeLine(bytes) {
    const end = bytes.indexOf(10);
    if (end < 0) return 0;
    const line = bytes.toString('latin1', 0, end).trim();
    if (this.#state === 'trailer') {
      if (line === '') this.#end();
    } else if (line !== '') {
      this.#remaining = Number.parseInt(line, 16);
      this.#state = this.#remaining === 0 ? 'trailer' : 'chunk';
    }
    return end + 1;
  }

  #takeBody(bytes) {
    const part = this.#state === 'close' ? bytes.length : Math.min(bytes.length, this.#remaining);
    this.#remaining -= part;
    const done = this.#state !== 'close' && this.#remaining === 0;
    const chunk = this.#state === 'chunk';
    if (done && chunk) this.#state = 'size';
    this.#listener.onBody(bytes.subarray(0, part));
    if (done && !chunk) this.#end();
    return part;
  }

  #end() {
    this.#state = 'head';
    this.#listener.onEnd();
  }
}
