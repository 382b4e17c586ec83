/** Something that happened. */
export interface Tick {
  readonly number: number;
  /** Unix milliseconds. */
  readonly time: number;
}

/** Which data goes with which subject: one type for the server and the page. */
export interface Subjects {
  '/ticks': Tick;
}
