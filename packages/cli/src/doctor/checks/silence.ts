import type { Finding } from '../finding.ts';
import { messagesOf } from '../messages.ts';
import type { Patient } from '../patient.ts';
import { said } from './limits.ts';
import { type StreamResult, seconds } from './stream.ts';

/**
 * Leaves a stream alone until the server says something by itself: nothing on the way may cut it off before.
 *
 * @param patienceMs - how long to wait at most, in milliseconds.
 */
export async function checkSilence({ channel, idleMs }: StreamResult, patienceMs: number): Promise<Finding> {
  const begin = performance.now();
  const beat = await channel.until(
    ({ at, message }) => at > begin && message.type === 'heartbeat',
    patienceMs,
  );
  const waited = performance.now() - begin;
  if (beat !== undefined)
    return {
      check: 'silence',
      verdict: 'ok',
      text: `a quiet stream stays open for ${seconds(waited)}; the server is never silent for longer`,
    };
  if (channel.endedAt !== undefined)
    return {
      check: 'silence',
      verdict: 'bad',
      text: `a quiet stream is cut off after ${seconds(waited)}, and the server speaks after ${seconds(idleMs)} of silence`,
      remedy: 'idle',
    };
  return {
    check: 'silence',
    verdict: waited > idleMs + 1000 ? 'bad' : 'unknown',
    text:
      waited > idleMs + 1000
        ? `nothing came in ${seconds(waited)}, though the server speaks after ${seconds(idleMs)}: it is held back`
        : `a quiet stream stays open for ${seconds(waited)}; give it --patience ${Math.ceil(idleMs / 1000) + 2} to know more`,
    ...(waited > idleMs + 1000 ? { remedy: 'buffering' as const } : {}),
  };
}

/** Finds out whether a long poll is held until the server answers it. */
export async function checkLongPoll(patient: Patient, patienceMs: number): Promise<Finding> {
  const listening = messagesOf(await patient.beginPolls()).find(({ type }) => type === 'listen-ack');
  if (listening === undefined)
    return {
      check: 'long-poll',
      verdict: 'bad',
      text: 'long polls cannot be begun: the answer is not that of the server',
    };
  const idleMs = typeof listening.idleMs === 'number' ? listening.idleMs : 20_000;
  const answer = await patient.poll(patienceMs);
  if (messagesOf(answer).some(({ type }) => type === 'refresh')) {
    if (answer.ms >= idleMs / 2)
      return {
        check: 'long-poll',
        verdict: 'ok',
        text: `a poll is held for ${seconds(answer.ms)}, as the server wants`,
      };
    return {
      check: 'long-poll',
      verdict: 'bad',
      text: `a poll is answered after ${seconds(answer.ms)}, not after ${seconds(idleMs)}: something answers in the server's place`,
      remedy: 'cache',
    };
  }
  if (answer.fault === 'late' && answer.ms < idleMs + 1000)
    return {
      check: 'long-poll',
      verdict: 'unknown',
      text: `a poll is held for ${seconds(answer.ms)}; give it --patience ${Math.ceil(idleMs / 1000) + 2} to know more`,
    };
  return {
    check: 'long-poll',
    verdict: 'bad',
    text: `a held poll is cut off after ${seconds(answer.ms)}, and the server answers after ${seconds(idleMs)}: ${said(answer)}`,
    remedy: 'idle',
  };
}
