import { Target } from './asking.ts';
import { checkFront, checkTls } from './checks/front.ts';
import { checkCache, checkLimits, checkRepeats } from './checks/limits.ts';
import { checkLongPoll, checkSilence } from './checks/silence.ts';
import { checkStream, type StreamResult } from './checks/stream.ts';
import { checkWebSocket } from './checks/web-socket.ts';
import type { CheckName, Finding } from './finding.ts';
import { Patient } from './patient.ts';
import { recognise } from './recognise.ts';
import type { ProxyName } from './remedies.ts';

/** The transports that the doctor recommends. */
type Recommended = 'stream' | 'web-socket' | 'long-poll' | 'poll';

/** What the doctor says in the end. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** What stands in between, as far as it shows itself. */
  readonly proxies: readonly ProxyName[];
  /** The transport to use as it is now; undefined when none would do. */
  readonly transport: Recommended | undefined;
}

/** How a diagnosis is made. */
export interface DoctorSettings {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** How long a quiet connection is watched at most, in milliseconds. */
  readonly patienceMs: number;
  readonly stop: AbortSignal;
  /** Called with each finding as soon as it is there. */
  readonly found: (finding: Finding) => void;
}

/** Finds out what stands between here and a server. */
export async function diagnose(settings: DoctorSettings): Promise<Diagnosis> {
  const target = new Target(settings.url, settings.headers, settings.stop);
  const chart = new Chart(settings.found);
  try {
    const front = await checkFront(target);
    chart.add(...front.findings, ...(await checkTls(target)));
    if (front.patient !== undefined) await examine(front.patient, settings, chart);
  } finally {
    target.close();
  }
  const { findings } = chart;
  return { findings, proxies: await recognise(target), transport: recommended(findings) };
}

/** The findings so far. */
class Chart {
  readonly #found: (finding: Finding) => void;
  readonly findings: Finding[] = [];

  constructor(found: (finding: Finding) => void) {
    this.#found = found;
  }

  add(...findings: readonly Finding[]): void {
    for (const finding of findings) {
      // Two kinds of streams may show the same.
      if (this.findings.some(({ text, check }) => text === finding.text && check === finding.check)) continue;
      this.findings.push(finding);
      this.#found(finding);
    }
  }
}

async function examine(first: Patient, { patienceMs, stop }: DoctorSettings, chart: Chart): Promise<void> {
  const { target } = first;
  chart.add(...(await checkLimits(target)), await checkCache(target));
  const others = await Promise.all([Patient.join(target), Patient.join(target)]);
  const [second = first, third = first] = others;
  if (stop.aborted) return;
  // The long waits run side by side, each with a session of its own.
  await Promise.all([
    watchStream(first, patienceMs, chart),
    checkStream(second, 'event-source').then((result) => finish(result, chart)),
    checkWebSocket(target, patienceMs).then((finding) => chart.add(finding)),
    checkLongPoll(third, patienceMs).then(async (finding) =>
      stop.aborted ? undefined : chart.add(finding, await checkRepeats(third)),
    ),
  ]);
  await Promise.all([first, ...others].map((patient) => patient?.leave()));
}

async function watchStream(patient: Patient, patienceMs: number, chart: Chart): Promise<void> {
  const result = await checkStream(patient, 'stream');
  if (result.usable) {
    chart.add(...result.findings, await checkSilence(result, patienceMs));
    result.channel.close();
  } else finish(result, chart);
}

function finish({ findings, channel }: StreamResult, chart: Chart): void {
  chart.add(...findings);
  channel.close();
}

/** The transport that would do now, the best first. */
function recommended(findings: readonly Finding[]): Recommended | undefined {
  const is = (check: CheckName, verdict: Finding['verdict']): boolean =>
    findings.some((finding) => finding.check === check && finding.verdict === verdict);
  const late = findings.some(({ check, remedy }) => check === 'stream' && remedy === 'delay');
  if ((late || is('stream', 'ok')) && !is('silence', 'bad')) return 'stream';
  if (is('web-socket', 'ok')) return 'web-socket';
  if (is('long-poll', 'ok')) return 'long-poll';
  return is('server', 'ok') ? 'poll' : undefined;
}
