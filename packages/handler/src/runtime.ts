import type { Runtime } from '@cometkit/core';

const randomBytes = 16;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * What the handler needs besides the clocks and ids of the core: turns, timers and random numbers. Tests can replace
 * all of it.
 */
export interface HandlerRuntime extends Runtime {
  /** Runs a task at the end of the present turn of the event loop. */
  defer(task: () => void): void;
  /**
   * Runs a task later, without keeping the process alive.
   *
   * @returns a function that cancels it.
   */
  later(task: () => void, delayMs: number): () => void;
  /** Returns a random integer between `min` and `max`, both included, evenly distributed. */
  randomInteger(min: number, max: number): number;
}

/** The real runtime: the monotonic clock, the wall clock and the platform's CSPRNG. */
export function systemRuntime(): HandlerRuntime {
  return {
    now: () => performance.now(),
    wallTime: () => Date.now(),
    randomId,
    sessionId,
    defer: pickDefer(),
    later,
    randomInteger,
  };
}

// Random bytes are generated in advance, because each call costs 5 µs for any number of bytes. No byte is used twice,
// and none stays in the pool.
const pool = new Uint8Array(4096);
let drawn = pool.length;
const codes: number[] = new Array(22).fill(0);

function randomAt(count: number): number {
  if (drawn + count > pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  drawn += count;
  return drawn - count;
}

// 128 bits as 22 characters of base64url. Made in one piece, because a concatenated string keeps its parts in memory.
function randomId(): string {
  drawCodes();
  return String.fromCharCode(...codes);
}

// What the ids of all sessions of this process end with; drawn late, for workers draw nothing while they load.
let mark: readonly number[] | undefined;
const markLength = 4;

function markCodes(): readonly number[] {
  if (mark === undefined) {
    drawCodes();
    mark = codes.slice(0, markLength);
  }
  return mark;
}

/** Returns whether an id of a session has the mark of this process. */
export function isMadeHere(id: string): boolean {
  return id.endsWith(String.fromCharCode(...markCodes()));
}

// 108 random bits, and the mark.
function sessionId(): string {
  const own = markCodes();
  drawCodes();
  for (const [index, code] of own.entries()) codes[codes.length - markLength + index] = code;
  return String.fromCharCode(...codes);
}

function drawCodes(): void {
  const start = randomAt(randomBytes);
  let bits = 0;
  let held = 0;
  let length = 0;
  for (let at = start; at < start + randomBytes; at += 1) {
    held = (held << 8) | (pool[at] ?? 0);
    bits += 8;
    for (; bits >= 6; bits -= 6) {
      codes[length] = alphabet.charCodeAt((held >> (bits - 6)) & 63);
      length += 1;
    }
    held &= (1 << bits) - 1;
  }
  codes[length] = alphabet.charCodeAt((held << (6 - bits)) & 63);
  pool.fill(0, start, start + randomBytes);
}

function later(task: () => void, delayMs: number): () => void {
  const timer: unknown = setTimeout(task, delayMs);
  unref(timer);
  return () => clearTimeout(timer as number);
}

/** Keeps a timer from keeping the process alive, on platforms that support it. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') {
    timer.unref();
  }
}

function randomInteger(min: number, max: number): number {
  const at = randomAt(4);
  let word = 0;
  for (let byte = at; byte < at + 4; byte += 1) word = word * 256 + (pool[byte] ?? 0);
  pool.fill(0, at, at + 4);
  return min + Math.floor((word / 2 ** 32) * (max - min + 1));
}

// setImmediate runs after all I/O callbacks of the turn, so that events published by several of them leave in one
// write. A message channel is the nearest replacement where it is missing.
function pickDefer(): (task: () => void) => void {
  const immediate = (globalThis as { setImmediate?: (task: () => void) => unknown }).setImmediate;
  if (typeof immediate === 'function') return (task) => void immediate(task);
  if (typeof MessageChannel !== 'function') return (task) => queueMicrotask(task);
  const { port1, port2 } = new MessageChannel();
  const tasks: (() => void)[] = [];
  port1.onmessage = () => tasks.shift()?.();
  return (task) => {
    tasks.push(task);
    port2.postMessage(undefined);
  };
}
