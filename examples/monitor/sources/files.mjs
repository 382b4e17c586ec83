import { readdir, readFile } from 'node:fs/promises';

/** The text of a file of the system, or undefined where this system has none (or refuses it). */
export async function readText(path) {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined; // not Linux, a container that hides it, or a device that just vanished
  }
}

/** The number in a file, or undefined when there is no such file or no number in it. */
export async function readNumber(path) {
  const text = await readText(path);
  const value = Number(text);
  return text === undefined || text === '' || !Number.isFinite(value) ? undefined : value;
}

/** The names in a directory in natural order; empty where there is no such directory. */
export async function listNames(path) {
  try {
    return (await readdir(path)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

/** What a source says instead of a number it cannot have. */
export function notExposed(reason) {
  return { exposed: false, reason };
}

/** Difference per second of a counter, never negative (a counter that was reset starts again at 0). */
export function perSecond(now, before, seconds) {
  return seconds > 0 ? Math.max(0, (now - before) / seconds) : 0;
}
