import { visible } from './visible.ts';

const noTls = 'it does not speak TLS there: try http:';
const noHttp = 'it does not speak HTTP/1.1 there';
const cut =
  'the connection was cut without an answer: the server has ended, or https: and http: are mixed up';
const noWay = 'no way leads to the host from here: see the network and its firewalls';

const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: see that the server runs, and on which port',
  ENOTFOUND: 'the name of the host is not known: look at how it is written',
  EAI_AGAIN: 'the name of the host cannot be looked up now: see whether there is a network',
  ECONNRESET: cut,
  UND_ERR_SOCKET: cut,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  ETIMEDOUT: noWay,
  UND_ERR_CONNECT_TIMEOUT: noWay,
  EPROTO: noTls,
  late: 'no answer came in 10 s',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at the clocks',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: name it in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is of an authority of your own: name that in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is of an authority that is not known here: name that in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'it does not send the certificates between its own and the authority: give it the full chain',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: ask it by that one',
  Z_DATA_ERROR: 'the answer is not compressed as it says: look at what stands in between',
  'bad port': 'browsers and fetch ask nobody at this port: take another one',
};

// Codes of which there are many of one kind.
const kinds: readonly (readonly [start: string, sentence: string])[] = [
  ['HPE_', noHttp],
  ['ERR_SSL_', noTls],
];

/**
 * Says why no answer came, and what to do.
 *
 * @param fault - the code of what failed, as Node names it.
 * @returns undefined when it is not a known one.
 */
export function whyUnreachable(fault: string): string | undefined {
  if (Object.hasOwn(faults, fault)) return faults[fault];
  return kinds.find(([start]) => fault.startsWith(start))?.[1];
}

/** The same, for any code: one that is not known is named. */
export function whyNoAnswer(fault: string): string {
  return whyUnreachable(fault) ?? `no answer (${visible(fault, 60)})`;
}

/**
 * The code of an error, or of what it was caused by: what `fetch` throws wraps it.
 *
 * @returns `failed` when it has none.
 */
export function faultOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && code !== 'unreachable') return code;
    if (at.message === 'bad port') return at.message;
  }
  return 'failed';
}
