import type { TLSSocket } from 'node:tls';
import tls from 'node:tls';
import { visible } from '../../visible.ts';
import type { Answer, Target } from '../asking.ts';
import type { Finding } from '../finding.ts';
import { isCometKit, messagesOf, refusalOf } from '../messages.ts';
import { Patient } from '../patient.ts';

const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: see that the server runs, and on which port',
  ENOTFOUND: 'the name of the host is not known: look at how it is written',
  EAI_AGAIN: 'the name of the host cannot be looked up now: see whether there is a network',
  ECONNRESET: 'the connection was cut without an answer: is it https: there, or http:?',
  EPROTO: 'it does not speak TLS there: try http:',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP/1.1 there',
  late: 'no answer came in 10 s',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: name it in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is of an authority of your own: name that in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'it does not send the certificates between its own and the authority: give it the full chain',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

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
  if (fault !== undefined)
    return { ...nothing, findings: finding('bad', faults[fault] ?? `no answer (${visible(fault, 60)})`) };
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
  const browsers = socket.alpnProtocol === 'h2' ? 'HTTP/2' : 'HTTP/1.1';
  const said = `${visible(socket.getProtocol() ?? 'TLS', 20)}; browsers speak ${browsers} with it`;
  if (leftMs < weekMs)
    return {
      check: 'tls',
      verdict: 'note',
      text: `${said}; the certificate ends in ${Math.floor(leftMs / 86_400_000)} days`,
    };
  const limit = browsers === 'HTTP/2' ? '' : ', so that six tabs use up their connections to this site';
  return { check: 'tls', verdict: limit === '' ? 'ok' : 'note', text: said + limit };
}
