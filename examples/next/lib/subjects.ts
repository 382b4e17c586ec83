/** How the machine is. */
export interface Sample {
  /** Share of the processors' time that was not idle since the last sample: 0 to 1. */
  readonly cpu: number;
  /** Load averages of 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number; readonly server: number };
  /** Seconds. */
  readonly uptime: { readonly machine: number; readonly server: number };
}

/** One line of the chat. */
export interface Message {
  readonly id: number;
  readonly name: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly time: number;
}

/** What is published where. */
export interface Subjects {
  readonly '/machine': Sample;
  readonly '/chat': Message;
}
