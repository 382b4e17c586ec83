import { parseCursor } from './machine/cursor.ts';

/** Where a client keeps its place over a reload, such as `sessionStorage`. */
export interface PlaceStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Keeps the place of a client in a storage: the cursor up to which the application has read everything. */
export class Bookmark {
  readonly #storage: PlaceStorage;
  readonly #key: string;
  readonly #place: () => string | undefined;
  #due = false;

  /** @param place - returns the cursor; undefined while something waits to be read. */
  constructor(storage: PlaceStorage, url: string, place: () => string | undefined) {
    this.#storage = storage;
    this.#key = keyOf(url);
    this.#place = place;
  }

  /** Writes the place at the end of the present task: once for all that came in it. */
  moved(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      const place = this.#place();
      try {
        if (place) this.#storage.setItem(this.#key, place);
      } catch {
        // A full or forbidden storage keeps an older place: after a reload more comes again, and nothing is lost.
      }
    });
  }
}

/** Reads the place that was kept. @returns undefined when there is none. */
export function placeIn(storage: PlaceStorage | undefined, url: string): string | undefined {
  try {
    return parseCursor(storage?.getItem(keyOf(url)))?.text;
  } catch {
    return undefined; // a storage that the browser forbids
  }
}

function keyOf(url: string): string {
  return `cometkit ${url}`;
}
