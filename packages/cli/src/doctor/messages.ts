import type { Answer } from './asking.ts';

/** A message of the protocol, or a problem report: what is read of it. */
export interface Message {
  readonly type: string;
  readonly code?: unknown;
  readonly session?: unknown;
  readonly key?: unknown;
  readonly time?: unknown;
  readonly idleMs?: unknown;
  readonly generation?: unknown;
}

/**
 * Reads one line.
 *
 * @returns undefined when it is none of the protocol's.
 */
export function messageOf(line: string): Message | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: Message = JSON.parse(line);
    return typeof value.type === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The messages of a whole answer, in their order. */
export function messagesOf({ text }: Answer): Message[] {
  return text.split('\n').flatMap((line) => messageOf(line) ?? []);
}

/**
 * The code with which CometKit refused.
 *
 * @returns undefined when it did not, or when somebody else did.
 */
export function refusalOf(answer: Answer): string | undefined {
  const code = messagesOf(answer).find(({ type }) => type.includes('errors.md'))?.code;
  return typeof code === 'string' ? code : undefined;
}

/** True when the answer is CometKit's own, a refusal included. */
export function isCometKit(answer: Answer): boolean {
  const known = /^(?:join|listen|refresh|heartbeat|leave)-ack$/;
  return refusalOf(answer) !== undefined || messagesOf(answer).some(({ type }) => known.test(type));
}
