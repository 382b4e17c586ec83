import type { TLSSocket } from 'node:tls';
import tls from 'node:tls';
import { whyNoAnswer } from '../../unreachable.ts';
import { visible } from '../../visible.ts';
import type { Answer, Target } from '../asking.ts';
import type { Finding } from '../finding.ts';
import { isCometKit, messagesOf, refusalOf } from '../messages.ts';
import { Patient } from '../patient.ts';

/** What the first look found: who is there, and a session with it if it let us in. */
export interface Front {
  readonly findings: readonly Finding[];
  readonly patient: Patient | undefined;
}

/** Finds out whether CometKit is there at all, as a page of its own origin would ask. */
export async function checkFront(target: Target): Promise<Front> {
  const origin = target.headers['origin'] ?? target.url.origin;
  const join = { body: { type: 'join' } };
  const first = await target.ask({ ...join, headers: { origin } });
  if (refusalOf(first) !== 'forbidden-origin') return serverFinding(target, first);
  const host: Finding = {
    check: 'host',
    verdict: 'bad',
    text: 'the server takes its own pages for foreign ones (forbidden-origin): the proxy does not pass the host on',
    remedy: 'host',
  };
  const { findings, ...rest } = serverFinding(target, await target.ask(join));
  return { ...rest, findings: [...findings, host] };
}

function serverFinding(target: Target, answer: Answer): Front {
  const finding = (verdict: 'ok' | 'bad', text: string): Finding[] => [{ check: 'server', verdict, text }];
  const { status, headers, fault, httpVersion, ms } = answer;
  const nothing = { patient: undefined };
  if (fault !== undefined) return { ...nothing, findings: finding('bad', whyNoAnswer(fault)) };
  if (status >= 300 && status < 400) {
    const place = visible(headers.location ?? 'nowhere', 200);
    return {
      ...nothing,
      findings: finding(
        'bad',
        `the address leads on to ${place}, which clients do not follow: use that address`,
      ),
    };
  }
  const patient = Patient.of(target, answer);
  if (patient !== undefined)
    return {
      patient,
      findings: finding(
        'ok',
        `CometKit answers in ${Math.round(ms)} ms, over HTTP/${visible(httpVersion, 8)}`,
      ),
    };
  if (isCometKit(answer)) return { ...nothing, findings: finding('bad', refused(answer)) };
  const kind = visible(headers['content-type'] ?? 'no type', 60);
  return {
    ...nothing,
    findings: finding(
      'bad',
      `no CometKit answers there but something else, with the status ${status} (${kind}): look at the path, and where the proxy sends it`,
    ),
  };
}

function refused(answer: Answer): string {
  const code = visible(refusalOf(answer) ?? String(messagesOf(answer)[0]?.type), 60);
  const hint =
    code === 'not-authorized' ? "log in with --header 'name: value'" : `see cometkit explain ${code}`;
  return `CometKit is there and lets nobody in (${code}): ${hint}`;
}

const weekMs = 7 * 86_400_000;

/** Looks at the certificate and at which HTTP a browser would speak. */
export function checkTls({ url, stop }: Target): Promise<Finding[]> {
  if (url.protocol !== 'https:') return Promise.resolve([]);
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const servername = /^[\d.:]+$/.test(host) || host.includes(':') ? {} : { servername: host };
    const options = { host, port: Number(url.port || 443), ALPNProtocols: ['h2', 'http/1.1'], ...servername };
    const socket = tls.connect(options);
    const end = (findings: Finding[]): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(findings);
    };
    const timer = setTimeout(() => end([]), 5000);
    stop.addEventListener('abort', () => end([]), { once: true });
    // What hinders a connection has been said already.
    socket.on('error', () => end([]));
    socket.on('secureConnect', () => end([tlsFinding(socket)]));
  });
}

function tlsFinding(socket: TLSSocket): Finding {
  const leftMs = Date.parse(socket.getPeerCertificate().valid_to) - Date.now();
  const days = Math.floor(leftMs / 86_400_000);
  const browsers = socket.alpnProtocol === 'h2' ? 'HTTP/2' : 'HTTP/1.1';
  const said = `${visible(socket.getProtocol() ?? 'TLS', 20)}; browsers speak ${browsers} with it`;
  if (leftMs < weekMs)
    return {
      check: 'tls',
      verdict: 'note',
      text: `${said}; the certificate ends in ${days} ${days === 1 ? 'day' : 'days'}`,
    };
  const limit = browsers === 'HTTP/2' ? '' : ', so that six tabs use up their connections to this site';
  return { check: 'tls', verdict: limit === '' ? 'ok' : 'note', text: said + limit };
}
