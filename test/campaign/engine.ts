import type { SeededRandom } from '../sim/random.ts';
import type { Stand } from './stand.ts';

/** The engines that a campaign can be fought over. */
export const engineNames = ['redis', 'nats'] as const;

export type EngineName = (typeof engineNames)[number];

/** Something that happens to nodes, networks or the engine. Returns when it is over. */
export type Fault = (stand: Stand, random: SeededRandom) => Promise<void>;

/** The present server of an engine. */
interface Server {
  readonly port: number;
  run(): Promise<void>;
  /** Ends it as kill -9 does. */
  kill(): Promise<void>;
  /** Removes what it would find when it is run again. */
  forget(): void;
  signal(name: NodeJS.Signals): void;
  close(): Promise<void>;
}

/** An engine, and what happens to it alone. */
export interface Engine {
  readonly name: EngineName;
  readonly server: Server;
  /** After these nothing may be missing. */
  readonly harmless: Readonly<Record<string, Fault>>;
  /** These destroy events that were accepted: what is missing then must be told. */
  readonly destroying: Readonly<Record<string, Fault>>;
  close(): Promise<void>;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
