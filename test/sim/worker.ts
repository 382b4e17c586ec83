import { parentPort, workerData } from 'node:worker_threads';
import { type Job, runJob } from './batch.ts';

// Entry of one worker of the proof: does the jobs it is sent, one after the other, and reports each.
const { stopAtFirst = false } = (workerData ?? {}) as { stopAtFirst?: boolean };
parentPort?.on('message', (job: Job) => {
  runJob(job, () => undefined, stopAtFirst).then(
    (report) => parentPort?.postMessage(report),
    (error) => parentPort?.postMessage({ crashed: String(error?.stack ?? error) }),
  );
});
