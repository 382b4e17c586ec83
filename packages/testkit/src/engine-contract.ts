import type { RegisterCase } from './adapter-contract.ts';
import { accidentCase } from './engine-accidents.ts';
import { EngineStage } from './engine-stage.ts';
import type { Accident, EngineUnderTest } from './engine-under-test.ts';
import { logCases } from './log-cases.ts';
import { presenceCases } from './presence-cases.ts';
import { sessionCases } from './session-cases.ts';

/** Starts an engine that is empty. */
export type StartEngine = () => Promise<EngineUnderTest>;

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
}

async function onStage(start: StartEngine, run: (stage: EngineStage) => Promise<void>): Promise<void> {
  const stage = new EngineStage(await start());
  try {
    await run(stage);
  } finally {
    await stage.close();
  }
}
