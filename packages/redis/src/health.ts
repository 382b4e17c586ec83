import type { EngineState } from '@cometkit/core/cluster';
import type { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

type Part = 'commands' | 'reader';

/** Knows how long the engine has been silent, and tells each change. */
export class Health {
  readonly #settings: Pick<Settings, 'behindMs' | 'cutMs' | 'onState'>;
  readonly #heard: Record<Part, number>;
  #state: EngineState = 'behind';
  #said: string | undefined;
  #trouble: Refusal | undefined;
  #refused: Refusal | undefined;
  #begun = false;
  #listener: ((state: EngineState) => void) | undefined;

  constructor(settings: Pick<Settings, 'behindMs' | 'cutMs' | 'onState'>) {
    this.#settings = settings;
    const now = performance.now();
    this.#heard = { commands: now, reader: now };
  }

  /** The window is there: from now on silence counts. */
  begin(listener: (state: EngineState) => void): void {
    this.#begun = true;
    this.#listener = listener;
    this.#heard.commands = performance.now();
    this.#heard.reader = this.#heard.commands;
    this.#trouble = undefined;
    this.review();
  }

  /** A part has had an answer that is right. */
  heard(part: Part): void {
    this.#heard[part] = performance.now();
    if (part === 'commands') this.#refused = undefined;
    if (this.#state !== 'live') this.review();
  }

  /** Something failed. What the engine answered counts as a sign of life, but not as one of health. */
  failed(refusal: Refusal): void {
    this.#trouble = refusal;
    if (refusal.answered) {
      this.#refused = refusal;
      this.#heard.commands = performance.now();
    }
    this.review();
  }

  /** The engine is there, but takes no writes. */
  refused(refusal: Refusal): void {
    this.failed({ ...refusal, answered: true });
  }

  /** Finds the state anew. */
  review(): void {
    const { behindMs, cutMs } = this.#settings;
    const silence = performance.now() - Math.min(this.#heard.commands, this.#heard.reader);
    const good = this.#begun && silence < behindMs && this.#refused === undefined;
    this.#tell(good ? 'live' : this.#begun && silence >= cutMs ? 'cut' : 'behind');
  }

  #tell(state: EngineState): void {
    const why = state === 'live' ? undefined : (this.#refused ?? this.#trouble)?.line;
    if (state === 'live') this.#trouble = undefined;
    const changed = state !== this.#state;
    this.#state = state;
    if (changed) this.#listener?.(state);
    if (!changed && (why === undefined || why === this.#said)) return;
    this.#said = why;
    this.#settings.onState?.(state, why);
  }
}
