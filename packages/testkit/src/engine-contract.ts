import type { RegisterCase } from './adapter-contract.ts';
import { accidentCase, forgottenCase } from './engine-accidents.ts';
import { EngineStage } from './engine-stage.ts';
import type { Accident, EngineUnderTest } from './engine-under-test.ts';
import { logCases } from './log-cases.ts';
import { presenceCases } from './presence-cases.ts';
import { sessionCases } from './session-cases.ts';

/** Starts an engine that is empty. */
export type StartEngine = () => Promise<EngineUnderTest>;

const erasing: readonly Accident[] = ['is killed and comes back with nothing', 'is emptied'];

/**
 * The contract that every engine keeps, as cases for any test runner.
 *
 * @param accidents - those that the engine can have; each becomes a case.
 * @example
 * ```ts
 * describe('my engine', () => eachEngine(start, it));
 * ```
 */
export function eachEngine(
  start: StartEngine,
  register: RegisterCase,
  accidents: readonly Accident[] = [],
): void {
  const cases = { ...logCases, ...sessionCases, ...presenceCases };
  for (const [name, run] of Object.entries(cases)) register(name, () => onStage(start, run));
  for (const accident of accidents) {
    register(`loses nothing untold and gives nothing twice when the engine ${accident}`, () =>
      onStage(start, accidentCase(accident)),
    );
  }
  for (const accident of accidents.filter((one) => erasing.includes(one))) {
    register(`begins above all that was when it ${accident}, and no node is there to remember it`, () =>
      onStage(start, forgottenCase(accident)),
    );
  }
}

async function onStage(start: StartEngine, run: (stage: EngineStage) => Promise<void>): Promise<void> {
  const stage = new EngineStage(await start());
  try {
    await run(stage);
  } finally {
    await stage.close();
  }
}
