import { type Diagnosis, diagnose } from '../doctor/doctor.ts';
import type { Finding, Verdict } from '../doctor/finding.ts';
import { proxies as allProxies, type ProxyName, type Remedy, remedies } from '../doctor/remedies.ts';
import { Failure } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { Terminal } from '../terminal.ts';
import { visible, visibleJson } from '../visible.ts';

/** Options of `doctor`. */
export interface DoctorOptions {
  readonly json?: boolean;
  /** In seconds. */
  readonly patience: number;
  readonly header?: Readonly<Record<string, string>>;
}

const signs: Readonly<Record<Verdict, readonly ['green' | 'yellow' | 'red' | 'dim', string]>> = {
  ok: ['green', 'ok'],
  note: ['yellow', 'note'],
  bad: ['red', 'BAD'],
  unknown: ['dim', '?'],
};

const advice = {
  stream: 'use the default of the client: a stream',
  'web-socket': "as it is now, use a WebSocket: transports: [webSocket(), 'long-poll']",
  'long-poll': "as it is now, use long polls: transports: ['long-poll']",
  poll: "as it is now, only polls get through: transports: ['poll']",
} as const;

/**
 * Prints what stands between here and a server.
 *
 * @returns 0 when all is well, 1 when something is in the way.
 * @throws Failure — it was interrupted.
 */
export async function doctor(
  surroundings: Surroundings,
  url: URL,
  { patience, json, header = {} }: DoctorOptions,
): Promise<0 | 1> {
  const terminal = new Terminal(surroundings);
  const { stop } = surroundings;
  const found = (finding: Finding): void => {
    if (!json && !stop.aborted) void terminal.out(lineOf(terminal, finding));
  };
  const diagnosis = await diagnose({ url, headers: header, patienceMs: patience * 1000, stop, found });
  if (stop.aborted) throw new Failure('interrupted: nothing is known for sure');
  const bad = diagnosis.findings.filter(({ verdict }) => verdict === 'bad');
  if (json) await terminal.out(visibleJson(report(url, diagnosis)));
  else for (const line of conclusion(terminal, diagnosis, bad.length)) await terminal.out(line);
  return bad.length === 0 ? 0 : 1;
}

function lineOf(terminal: Terminal, { verdict, check, text }: Finding): string {
  const [colour, sign] = signs[verdict];
  return `${terminal.paint(colour, sign.padEnd(5))} ${check.padEnd(13)} ${text}`;
}

/** The lines to change for what was found, in the proxies that were recognised, else in all. */
function linesOf({ findings, proxies }: Diagnosis): { remedy: Remedy; lines: [ProxyName, string][] }[] {
  const needed = findings.filter(({ verdict }) => verdict === 'bad' || verdict === 'note');
  const wanted = [...new Set(needed.flatMap(({ remedy }) => remedy ?? []))];
  const named = proxies.length === 0 ? allProxies : proxies;
  return wanted.map((remedy) => ({ remedy, lines: named.map((proxy) => [proxy, remedies[remedy][proxy]]) }));
}

function conclusion(terminal: Terminal, diagnosis: Diagnosis, bad: number): string[] {
  const { proxies, transport } = diagnosis;
  const front = proxies.length === 0 ? 'nothing that shows itself' : proxies.join(' and ');
  const changes = linesOf(diagnosis).flatMap(({ remedy, lines }) => [
    `what to change (${remedy}):`,
    ...lines.map(([proxy, line]) => `  ${terminal.paint('bold', proxy.padEnd(8))} ${line}`),
  ]);
  return [
    '',
    `in front: ${front}`,
    ...changes,
    ...(transport === undefined ? [] : [advice[transport]]),
    bad === 0 ? 'all is well' : `${bad} ${bad === 1 ? 'thing is' : 'things are'} in the way`,
  ];
}

function report(url: URL, diagnosis: Diagnosis): unknown {
  const { findings, proxies, transport = null } = diagnosis;
  const changes = linesOf(diagnosis).map(({ remedy, lines }) => ({ remedy, ...Object.fromEntries(lines) }));
  const well = findings.every(({ verdict }) => verdict !== 'bad');
  return { url: visible(url.href), well, proxies, transport, findings, changes };
}
