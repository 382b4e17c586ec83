import { CometError, checkSubject, parseCursor, type Session, type Subscription } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { stateOf, transportOf } from '@cometkit/handler';
import { type Elsewhere, elsewhere } from './elsewhere.ts';
import { hubOf, type Serving } from './source.ts';
import { type Happening, timelineOf } from './timeline.ts';

/** Whom a question is about: a session by its public id, or all sessions of a principal. */
export type Who = string | { readonly principal: string };

/** Why events of a subject reach a session or not. */
export interface Explanation {
  /** The id of the session. */
  readonly session: string;
  /** True when a subscription of the session matches the subject and its channel is open. */
  readonly arrives: boolean;
  /** What stands in the way, or that nothing does: one sentence each, the most important first. */
  readonly sentences: readonly string[];
  /** Nodes of the cluster that know what this one does not: ask there. Empty when this one knows, or when nobody can tell. */
  readonly askAt: readonly string[];
}

const gapReasons: Readonly<Record<string, string>> = {
  overflow: 'its queue was full',
  trimmed: 'the log had let go of them',
  engine: 'the engine of the cluster had lost them',
  epoch: 'it came from another life of the log',
  fork: 'its cursor is not of this log',
  expired: 'its session had ended',
  policy: 'it may not have them',
  conflated: 'newer events of the same subject replaced them',
  outdated: 'newer events of the same subject replaced them, as its subscription asks',
};

/**
 * Explains why events of a subject reach a client or not. It only reads: nothing changes, and no payload is shown.
 *
 * Call {@link createInspector} or this once when the program starts: what happened before is not remembered. In a cluster it knows
 * what this node holds; of a session whose channel is elsewhere it says which node to ask.
 *
 * @param push - a hub, or what serves it.
 * @param who - the public id of a session, or a principal.
 * @param subject - the subject of the event that did not arrive.
 * @returns one explanation for each session of this node; one without a session's state when there is none. An engine that does not
 *   answer is a sentence, too.
 * @throws TypeError — `push` is no hub, or `who` or `subject` is no text.
 *
 * @example
 * ```ts
 * import { createHub } from '@cometkit/node';
 * import { explain } from '@cometkit/inspector';
 *
 * const hub = createHub();
 * const { id } = hub.join();
 * console.log((await explain(hub, id, '/news'))[0]?.sentences);
 * ```
 */
export async function explain(
  push: ClusterHub | Serving,
  who: Who,
  subject: string,
): Promise<readonly Explanation[]> {
  const hub = hubOf(push);
  if (typeof who !== 'string' && typeof who?.principal !== 'string')
    throw new TypeError('who must be the id of a session, or { principal }');
  if (typeof subject !== 'string') throw new TypeError('the subject must be a text');
  const sessions = typeof who === 'string' ? sessionWith(hub, who) : sessionsOf(hub, who.principal);
  if (sessions.length === 0) return [await absent(hub, who)];
  return Promise.all(sessions.map((session) => explainSession(hub, session, subject)));
}

function sessionWith(hub: ClusterHub, id: string): Session[] {
  const session = hub.session(id);
  return session === undefined ? [] : [session];
}

function sessionsOf(hub: ClusterHub, principal: string): Session[] {
  return [...hub.sessions()].filter((session) => session.principal === principal);
}

async function absent(hub: ClusterHub, who: Who): Promise<Explanation> {
  const nothing = { session: typeof who === 'string' ? who : '', arrives: false, askAt: [] };
  if (typeof who !== 'string') {
    const others =
      hub.cluster === undefined ? '' : ' Every node knows its own sessions: ask the others, too.';
    return { ...nothing, sentences: [`No session here belongs to this principal.${others}`] };
  }
  const last = timelineOf(hub).of(who).at(-1);
  if (last?.what === 'closed') {
    const ended = `it ended ${ago(last)}, reason "${last.reason}"`;
    return { ...nothing, sentences: [`No session here has this id: ${ended}.`] };
  }
  const { sentence, askAt } = await elsewhere(hub, who);
  return { ...nothing, askAt, sentences: [`No session here has this id: ${sentence}.`] };
}

async function explainSession(hub: ClusterHub, session: Session, subject: string): Promise<Explanation> {
  const matching = session.subscriptions.filter((subscription) => subscription.matches(subject));
  const happened = timelineOf(hub).of(session.id);
  const gaps = happened.filter(({ what }) => what === 'gap');
  const refusals = happened.filter(({ what }) => what === 'refused');
  const away = stateOf(session) === 'away';
  // Its channel may be at another node, where it looks quite different.
  const found = away ? await channelElsewhere(hub, session) : undefined;
  return {
    session: session.id,
    arrives: matching.length > 0 && stateOf(session) === 'open',
    askAt: found?.askAt ?? [],
    sentences: [
      ...(matching.length > 0
        ? matching.map(described)
        : [...invalid(hub, subject), unmatched(session, subject)]),
      found?.sentence ?? channel(session),
      ...(found?.owner === undefined ? [standing(hub, session)] : []),
      ...refusals.slice(-3).map(describedRefusal),
      ...gaps.slice(-3).map(describedGap),
    ],
  };
}

async function channelElsewhere(hub: ClusterHub, { id }: Session): Promise<Elsewhere | undefined> {
  const { owner, askAt } = await elsewhere(hub, id);
  if (owner !== undefined)
    return { sentence: `Its channel is at node ${owner}: ask there what waits for it.`, askAt, owner };
  if (askAt.length === 0) return undefined;
  const sentence = `No channel is open here, but it may poll elsewhere: ask ${askAt.join(', ')}, too.`;
  return { sentence, askAt };
}

function described({ pattern, label, began }: Subscription): string {
  const name = label === undefined ? '' : ` (label "${label}")`;
  const since =
    began === 0
      ? ''
      : `; it began behind position ${began}, and gets what was before only if it asked for it`;
  return `The subscription ${pattern}${name} matches${since}.`;
}

function unmatched({ subscriptions }: Session, subject: string): string {
  if (subscriptions.length === 0) return 'It has no subscription.';
  const patterns = subscriptions.map(({ pattern }) => pattern);
  const shown =
    patterns.slice(0, 5).join(', ') + (patterns.length > 5 ? ` and ${patterns.length - 5} more` : '');
  const close = subscriptions.find((subscription) => differsByCase(subscription, subject));
  const hint = close === undefined ? '' : ` ${close.pattern} would, but for capital letters.`;
  return `No subscription matches this subject; it has ${shown}.${hint}`;
}

function differsByCase(subscription: Subscription, subject: string): boolean {
  const { pattern } = subscription;
  return pattern.toLowerCase() === subject.toLowerCase() || subscription.matches(subject.toLowerCase());
}

function channel(session: Session): string {
  const transport = transportOf(session);
  switch (stateOf(session)) {
    case 'away':
      return 'No channel is open: events wait until the client comes back, or until its lease ends.';
    case 'congested':
      return `Its channel (${transport}) is open, but its reader takes less than it is sent: events wait for it.`;
    default:
      return `Its channel (${transport}) is open.`;
  }
}

function standing(hub: ClusterHub, session: Session): string {
  const newest = parseCursor(hub.cursor())?.position ?? 0;
  const { acked, taken, acknowledges } = session;
  const { size, bytes } = session.queued;
  if (size > 0) {
    const waiting =
      size === 1 ? `1 event (${bytes} bytes) waits or is` : `${size} events (${bytes} bytes) wait or are`;
    return `${waiting} not acknowledged: handed over up to position ${taken}, received up to ${acked}, the newest is ${newest}.`;
  }
  const proof = acknowledges
    ? 'and the client has acknowledged it'
    : 'and counts as received once it has left';
  return `Everything for it was handed over up to the newest event (position ${newest}), ${proof}.`;
}

// What is no subject was never published.
function invalid({ limits }: ClusterHub, subject: string): string[] {
  try {
    checkSubject(subject, limits);
    return [];
  } catch (error) {
    return [
      `As a path it is not valid, so that nothing is published there: ${CometError.from(error).reason}.`,
    ];
  }
}

function describedRefusal(refusal: Happening): string {
  const { hook, about, said, reason } = refusal;
  const who = hook === undefined ? `A request was refused as ${reason}` : `The ${hook} hook refused`;
  return `${who}${about === undefined ? '' : ` ${about}`} (${ago(refusal)}): ${said}.`;
}

function describedGap(gap: Happening): string {
  const why = gapReasons[gap.reason ?? ''] ?? gap.reason;
  return `A gap covers positions ${gap.from} to ${gap.to} (${ago(gap)}): ${why}.`;
}

function ago({ time }: Happening): string {
  const seconds = Math.max(0, Math.round((Date.now() - time) / 1000));
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}
