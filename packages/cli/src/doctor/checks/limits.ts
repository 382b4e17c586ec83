import { visible } from '../../visible.ts';
import type { Answer, Asked, Target } from '../asking.ts';
import type { Finding } from '../finding.ts';
import { isCometKit, messagesOf, refusalOf } from '../messages.ts';
import { Patient } from '../patient.ts';
import type { Remedy } from '../remedies.ts';

interface Trial {
  readonly what: string;
  readonly remedy: Remedy;
  readonly asked: Asked;
}

const kibi = (count: number): string => 'x'.repeat(count * 1024);

// As much as CometKit itself takes, or a browser with a few cookies sends.
const trials: readonly Trial[] = [
  { what: 'a header of 4 KiB', remedy: 'header', asked: { method: 'GET', headers: { 'x-doctor': kibi(4) } } },
  { what: 'a query of 4 KiB', remedy: 'header', asked: { method: 'GET', query: { doctor: kibi(4) } } },
  { what: 'a body of 48 KiB', remedy: 'body', asked: { body: { type: 'join', doctor: kibi(48) } } },
];

/** Finds out whether requests of the usual sizes get through. */
export async function checkLimits(target: Target): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { what, remedy, asked } of trials) {
    const answer = await target.ask(asked);
    if (isCometKit(answer)) {
      if (/^(?:body-too-large|malformed-request)$/.test(refusalOf(answer) ?? ''))
        findings.push({
          check: 'limits',
          verdict: 'note',
          text: `the server itself takes no ${what.slice(2)}: see maxBodyBytes and maxQueryLength`,
        });
      continue;
    }
    findings.push({
      check: 'limits',
      verdict: 'bad',
      text: `${what} does not reach the server: ${said(answer)}`,
      remedy,
    });
  }
  if (findings.length === 0)
    findings.push({
      check: 'limits',
      verdict: 'ok',
      text: 'headers and a query of 4 KiB and a body of 48 KiB get through',
    });
  return findings;
}

/** What an answer that is not CometKit's says, in a few words. */
export function said({ status, fault }: Answer): string {
  if (fault === 'late') return 'no answer came';
  if (status === 0) return `the connection was cut (${visible(fault ?? '', 40)})`;
  return `something in front answers with the status ${status}`;
}

/** Finds out whether answers are kept and given to others: two joins must be two sessions. */
export async function checkCache(target: Target): Promise<Finding> {
  const join: Asked = { method: 'GET', query: { type: 'join' } };
  const answers = [await target.ask(join), await target.ask(join)];
  const [one, other] = answers.map((answer) => Patient.of(target, answer));
  await Promise.all([one?.leave(), other?.leave()]);
  if (one !== undefined && one.session === other?.session)
    return {
      check: 'cache',
      verdict: 'bad',
      text: 'answers are kept and given to others: two clients got one session',
      remedy: 'cache',
    };
  return { check: 'cache', verdict: 'ok', text: 'nothing keeps answers for others' };
}

/** Finds out whether something on the way sends requests again: the server counts the channels that it was asked for. */
export async function checkRepeats(patient: Patient): Promise<Finding> {
  patient.asked += 1;
  const answer = await patient.command({ type: 'listen', mode: 'poll' });
  const counted = messagesOf(answer).find(({ type }) => type === 'listen-ack')?.generation;
  if (typeof counted !== 'number')
    return {
      check: 'repeats',
      verdict: 'unknown',
      text: `whether requests are sent again was not found out: ${said(answer)}`,
    };
  const more = counted - patient.asked;
  if (more <= 0) return { check: 'repeats', verdict: 'ok', text: 'no request was sent again on the way' };
  return {
    check: 'repeats',
    verdict: 'bad',
    text: `something on the way sent requests again (${more} more came than were sent)`,
    remedy: 'repeats',
  };
}
