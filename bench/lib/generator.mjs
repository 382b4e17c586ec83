// The load generator, seen from the runner: compiled at the first run, or the slower one in JavaScript.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onCore } from './pin.mjs';

const folder = fileURLToPath(new URL('../load/', import.meta.url));
const cache = fileURLToPath(new URL('../../.cache/bench/', import.meta.url));
const sources = ['load', 'config', 'script', 'answer', 'session', 'acknowledge', 'tls', 'tally'].map((name) =>
  join(folder, `${name}.c`),
);
const inputs = [...sources, join(folder, 'load.h')];
const inJavaScript = { kind: 'JavaScript', command: process.execPath, args: [join(folder, 'load.mjs')] };
const plain = { program: join(cache, 'load'), options: [], libraries: [], needs: 'a C compiler' };
const secure = {
  ...{ program: join(cache, 'load-tls'), options: ['-DWITH_TLS'], libraries: ['-lssl', '-lcrypto'] },
  needs: 'a C compiler and OpenSSL with its headers (libssl-dev)',
};

/**
 * The generator to use; says in a sentence when it is the slower one.
 *
 * @param wanted - `js` asks for the one in JavaScript.
 * @param tls - whether it must speak TLS.
 */
export function prepareGenerator(say, wanted = process.env.BENCH_LOAD, tls = false) {
  const { program, options, libraries, needs } = tls ? secure : plain;
  const compiled = { kind: 'C', command: program, args: [] };
  if (wanted === 'js') return inJavaScript;
  if (existsSync(program) && inputs.every((file) => statSync(file).mtimeMs <= statSync(program).mtimeMs))
    return compiled;
  if (process.platform !== 'linux') {
    say('The generator in C needs Linux (epoll); the one in JavaScript is used: its ceilings are lower.');
    return inJavaScript;
  }
  mkdirSync(cache, { recursive: true });
  const compiler = process.env.CC ?? 'cc';
  const args = ['-O2', ...options, '-o', program, ...sources, ...libraries];
  const { status, stderr, error } = spawnSync(compiler, args, { encoding: 'utf8' });
  if (status === 0) return compiled;
  say(
    `The generator could not be compiled with ${compiler} (${error?.message ?? (stderr.trim() || 'it failed')}).`,
  );
  say(`Install ${needs} for full loads; the generator in JavaScript is used: its ceilings are lower.`);
  return inJavaScript;
}

const escapes = new Map([
  ['\r', '\\r'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\\', '\\\\'],
]);

function escapeText(text) {
  return text.replace(/[\r\n\t\\]/g, (c) => escapes.get(c) ?? c);
}

function stepLines({ text, websocket, expect, captures = [] }) {
  return [
    `${websocket ? 'frame' : 'step'} ${escapeText(text)}`,
    ...(expect ? [`expect ${escapeText(expect)}`] : []),
    ...captures.map((parts) => `capture ${parts.map(escapeText).join('\t')}`),
  ];
}

function acknowledgeLines({ greeting, text, newest }) {
  return [
    `greeting ${escapeText(greeting)}`,
    `acknowledge ${escapeText(text)}`,
    `newest ${newest.map(escapeText).join('\t')}`,
  ];
}

function settingLines({ client, ...numbers }) {
  return [
    ...Object.entries(numbers).map(([name, value]) => `${name} ${value}`),
    ...client.steps.flatMap(stepLines),
    ...(client.acknowledge ? acknowledgeLines(client.acknowledge) : []),
    ...(client.repeat ? ['repeat'] : []),
    'go',
  ];
}

/** A running generator. */
export class Generator {
  #child;
  #lines = [];
  #waiting;
  #error;

  /** Starts it; it opens its connections at once. */
  constructor({ command, args }, settings) {
    const pinned = onCore('load', command, args);
    this.#child = spawn(pinned.command, pinned.args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => this.#fail('the generator is gone'));
    this.#child.on('error', (error) => this.#fail(error.message));
    let complaint = '';
    this.#child.stderr.on('data', (text) => (complaint += text));
    this.#child.on('close', () => this.#fail(complaint.trim() || 'the generator ended'));
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line));
      this.#settle();
    });
    this.#child.stdin.write(`${settingLines(settings).join('\n')}\n`);
  }

  /** Resolves when every connection listens, or polls. */
  ready() {
    return this.#line();
  }

  /** Its account; `last` is the number every connection must have come to. */
  report(last) {
    this.#child.stdin.write(`end ${last}\n`);
    return this.#line();
  }

  /** Ends it. */
  stop() {
    this.#child.kill('SIGKILL');
  }

  #line() {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#settle();
    });
  }

  #settle() {
    if (!this.#waiting) return;
    const { resolve, reject } = this.#waiting;
    const line = this.#lines.shift();
    if (line === undefined && this.#error === undefined) return;
    this.#waiting = undefined;
    if (line === undefined) reject(new Error(this.#error));
    else resolve(line);
  }

  #fail(message) {
    this.#error ??= message;
    this.#settle();
  }
}
