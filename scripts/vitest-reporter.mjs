// Ends a run with one line that counts: "tests: 16 passed, 0 failed, 0 skipped". With COUNTS_FILE set, writes the
// same numbers there as JSON, so that a caller need not read the output. A test that failed first and passed when it was run
// again is named: it counts as passed, and wants to be looked at.
import { writeFileSync } from 'node:fs';

function count(modules, unhandledErrors) {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    // A file that could not be loaded, or whose hooks failed, holds errors but may hold no failed test.
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A run cut short leaves tests pending: they did not pass.
      counts[state === 'pending' ? 'skipped' : state] += 1;
    }
  }
  return counts;
}

function namesOfUnsteady(modules) {
  return modules.flatMap((module) =>
    [...module.children.allTests()]
      .filter((test) => test.diagnostic()?.flaky)
      .map((test) => `${module.relativeModuleId}: ${test.fullName}`),
  );
}

export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = count(modules, unhandledErrors);
    for (const name of namesOfUnsteady(modules))
      process.stdout.write(`\npassed only when run again: ${name}`);
    process.stdout.write(
      `\ntests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
    );
    const file = process.env.COUNTS_FILE;
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}
