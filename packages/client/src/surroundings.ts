interface Surroundings {
  // Its `reportError` ends the process.
  readonly Deno?: unknown;
  readonly reportError?: (error: unknown) => void;
  readonly console?: { error(error: unknown): void };
}

/**
 * Tells an error to whatever runs the application, where nobody else hears of it: as an uncaught error of the page, which its
 * own tools for errors see, or on the console of a server, whose process must not end for it.
 */
export function tellSurroundings(error: unknown): void {
  const { Deno, reportError, console } = globalThis as Surroundings;
  try {
    if (reportError && !Deno) reportError(error);
    else console?.error(error);
  } catch {
    // There is nobody left to tell.
  }
}
