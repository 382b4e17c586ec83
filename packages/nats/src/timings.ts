/** How often things are looked at, and how long an answer may take. Tests use others. */
export interface Timings {
  /** How long one request may take. Units: milliseconds, as all of these. */
  readonly requestMs: number;
  /** Between two tries. */
  readonly retryMs: number;
  /** Between two looks at the stream. */
  readonly pulseMs: number;
  /** Between two heartbeats of the server on a consumer that has nothing to say; 100 or more. */
  readonly heartbeatMs: number;
  /** Silence after which a consumer is made anew. */
  readonly silenceMs: number;
  /** Between two looks for records whose time is over. */
  readonly sweepMs: number;
}

export const timings: Timings = {
  requestMs: 2000,
  retryMs: 200,
  pulseMs: 1000,
  heartbeatMs: 1000,
  silenceMs: 2500,
  sweepMs: 5000,
};
