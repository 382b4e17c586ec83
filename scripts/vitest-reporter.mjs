// Ends a run with one line that counts: "tests: 16 passed, 0 failed, 0 skipped". With REPORT_FILE set, writes the same numbers
// there as JSON, with the files that failed, so that a caller need not read the output. A test that failed first and passed when
// it was run again is named: it counts as passed, and wants to be looked at.
import { writeFileSync } from 'node:fs';

function countFile(module) {
  // A file that could not be loaded, or whose hooks failed, holds errors but may hold no failed test.
  const counts = { passed: 0, failed: module.errors().length, skipped: 0 };
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    // A run cut short leaves tests pending: they did not pass.
    counts[state === 'pending' ? 'skipped' : state] += 1;
  }
  return { file: module.relativeModuleId, counts };
}

function reportOf(modules, unhandledErrors) {
  const files = modules.map(countFile);
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const file of files) for (const name of Object.keys(counts)) counts[name] += file.counts[name];
  return { counts, files: files.filter((file) => file.counts.failed > 0) };
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
    const report = reportOf(modules, unhandledErrors);
    const { counts } = report;
    for (const name of namesOfUnsteady(modules))
      process.stdout.write(`\npassed only when run again: ${name}`);
    process.stdout.write(
      `\ntests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
    );
    const file = process.env.REPORT_FILE;
    if (file) writeFileSync(file, JSON.stringify(report));
  }
}
