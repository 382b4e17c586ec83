// What went wrong, in one line that says what to do.
import { JetStreamApiError } from '@nats-io/jetstream';
import { AuthorizationError, PermissionViolationError, TimeoutError } from '@nats-io/transport-node';

const guide = 'docs/guides/scale-out.md';

export const withoutJetStream =
  'JetStream is not enabled: start nats-server with -js, or with `jetstream {}` in its file';

/** What JetStream answers, by its error code, when only an operator can help. */
const advice: ReadonlyMap<number, string> = new Map([
  [10023, 'JetStream has no room left: give the server more, or lower `log`'],
  [10047, 'JetStream has no room left: raise its `max_file`, or lower `log`'],
  [10028, 'JetStream has no memory left: raise its `max_mem`'],
  [10002, 'the account has no room left in JetStream: raise its limits, or lower `log`'],
  [10026, 'the account has as many consumers as it may have: it needs one for each node'],
  [10027, 'the account has as many streams as it may have: it needs four for each prefix'],
  [10005, 'the cluster has too few servers for option `replicas`'],
  [10074, 'the server is alone: with it option `replicas` can only be 1'],
  [10076, withoutJetStream],
  [10039, 'JetStream is not enabled for the account: give it `jetstream: enabled`'],
]);

/** What may be over in a moment: servers of a cluster that still start, or come back. */
const passing = [10005] as const;

/** An engine that is there, but will not work before somebody has changed something. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Returns whether trying again is of no use. */
export function isFinal(error: unknown): boolean {
  return error instanceof Refusal || (wordsFor(error) !== undefined && !hasCode(error, ...passing));
}

/** Says in one line what is wrong, without credentials. */
export function explain(error: unknown): string {
  const plain = error instanceof Error ? error.message : String(error);
  const words = error instanceof Refusal ? plain : (wordsFor(error) ?? plain);
  return words.replace(/\s+/g, ' ');
}

function wordsFor(error: unknown): string | undefined {
  const chain = causes(error);
  const denied = chain.find((one) => one instanceof PermissionViolationError);
  if (denied !== undefined) return wordsForPermission(denied);
  if (chain.some((one) => one instanceof AuthorizationError || /authoriz|authentic/i.test(one.message)))
    return 'the server refuses these credentials: look at `user`, `pass`, `token` or `authenticator` in option `connection`';
  const certificate = chain.find(({ message }) => /certificate/i.test(message));
  if (certificate !== undefined) return wordsForCertificate(certificate.message);
  const code = chain.find((one) => one instanceof JetStreamApiError)?.code;
  return code === undefined ? undefined : advice.get(code);
}

function wordsForPermission({ operation, subject }: PermissionViolationError): string {
  const verb = operation === 'publish' ? 'publish to' : 'subscribe to';
  return `this user may not ${verb} "${subject}": the list of permissions is in ${guide}`;
}

function wordsForCertificate(message: string): string {
  if (/certificate (?:has expired|is not yet valid)|altnames/i.test(message))
    return 'the certificate of the server has expired, is not valid yet or is for another name: renew it, or connect by its name';
  return 'the certificate of the server is not trusted: give its authority as `tls: { ca }` in option `connection`';
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let next = error; next instanceof Error && found.length < 8; next = next.cause) found.push(next);
  return found;
}

/** Returns whether the server has not answered in time. */
export function isTimeout(error: unknown): boolean {
  return causes(error).some((one) => one instanceof TimeoutError);
}

/** Returns whether nothing takes what was sent: no stream has the subject, or there is no JetStream. */
export function isUnheard(error: unknown): boolean {
  return causes(error).some((one) => one.name === 'JetStreamNotEnabled');
}

/** Returns whether JetStream has answered with this error code. */
export function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return causes(error).some((one) => one instanceof JetStreamApiError && codes.includes(one.code));
}

/** Returns whether somebody else was first: what was to be replaced is another one, or is just being replaced by a cluster. */
export function isOutrun(error: unknown): boolean {
  return hasCode(error, 10071, 10164);
}

/** Returns whether a cluster just takes a message with this id, so that nobody knows yet whether it is there. */
export function isUnderWay(error: unknown): boolean {
  return hasCode(error, 10158);
}
