/** How quickly nodes notice what has become of each other, in milliseconds. */
export interface RollTimes {
  /** Between two signs of life. */
  readonly beatMs: number;
  /** How long the lead lasts that nobody renews. */
  readonly leadMs: number;
  /** A node that was silent for so long is gone, and those with it who have not come elsewhere. */
  readonly silenceMs: number;
  /** How long a new leader waits for the nodes that it knows of. */
  readonly answerMs: number;
  /** How long the engine must have been well before anything follows from silence. */
  readonly steadyMs: number;
  /** Whoever goes is waited for so long. */
  readonly graceMs: number;
}

/** Together they leave nobody there for 3 s who was on a node that was killed: the leader, or any other. */
export const usualTimes: RollTimes = {
  beatMs: 400,
  leadMs: 1600,
  silenceMs: 1800,
  answerMs: 700,
  steadyMs: 3000,
  graceMs: 5000,
};
