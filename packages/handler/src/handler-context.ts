import type { CometError, Hub, Session } from '@cometkit/core';
import { hidesClient } from './address.ts';
import { isPromise, refuserOf } from './authorize.ts';
import type { OriginRules } from './cors.ts';
import { type EndedPublishers, endedPublishersOf } from './ended-publishers.ts';
import { Guards } from './guards.ts';
import type { HttpRequest } from './http.ts';
import { type HubOutput, hubOutputOf } from './hub-output.ts';
import { limitWarning } from './limits.ts';
import { OriginList } from './origin-list.ts';
import { type PendingJoins, pendingJoinsOf } from './pending-joins.ts';
import { type JoinRateLimiter, joinLimiterOf, sharedJoinLimiter } from './rate-limit.ts';
import { RecentRefusals } from './recent-refusals.ts';
import { pageWarning, type RefusedPage } from './refused-page.ts';
import type { HandlerSettings } from './settings.ts';
import { type Talk, talkOf } from './talk/talk.ts';
import { Turns } from './turns.ts';
import { Watchdog } from './watchdog.ts';

const answerMs = 5000;
const maxRefusedNoted = 32;

/** What all requests of one handler share. */
export class HandlerContext {
  readonly hub: Hub;
  readonly settings: HandlerSettings;
  readonly guards: Guards;
  readonly output: HubOutput;
  /** Who listens to clients and answers them; shared by all handlers of the hub. */
  readonly talk: Talk;
  /** Outlets that take nothing. */
  readonly stalls: Watchdog;
  /** Streams of clients that promised to answer heartbeats, timed from the last message of the client. */
  readonly unheard: Watchdog;
  /** Streams whose client has not answered the last heartbeat yet. */
  readonly unanswered: Watchdog;
  /** Joins whose hook has not returned yet. */
  readonly pendingJoins: PendingJoins;
  /** Sessions that have ended, whose messages may come again. */
  readonly endedPublishers: EndedPublishers;
  /** Divides the work among connections. */
  readonly turns: Turns;
  /** Which origins may call, and for which host names. */
  readonly originRules: OriginRules;
  readonly #ownJoins: JoinRateLimiter | undefined;
  readonly #refused = new Set<string>();
  #warned = false;
  /** Data channels of the original Java client that were refused a moment ago. */
  readonly refusals: RecentRefusals;
  /** The number of times that `onError` itself failed; there is nowhere left to report it. */
  unreported = 0;

  constructor(hub: Hub, settings: HandlerSettings) {
    this.hub = hub;
    this.settings = settings;
    this.guards = new Guards(hub, settings.authorize);
    this.#ownJoins = joinLimiterOf(hub, settings.joinRate, () => settings.runtime.now());
    this.turns = new Turns(settings.runtime);
    this.endedPublishers = endedPublishersOf(hub, () => settings.runtime.now());
    this.pendingJoins = pendingJoinsOf(hub, settings.maxPendingJoins);
    const origins = new OriginList(settings.origins, (error, where) => this.report(error, where));
    const refused: OriginRules['refused'] = (error, asked) => this.#noteRefused(error, asked);
    this.originRules = { origins, hosts: settings.hosts, refused };
    this.refusals = new RecentRefusals(() => settings.runtime.now());
    this.output = hubOutputOf(hub, settings, (error, where) => this.report(error, where));
    this.talk = talkOf(hub);
    const { runtime } = settings;
    this.talk.surroundings = {
      defer: (task) => runtime.defer(task),
      later: (task, delayMs) => runtime.later(task, delayMs),
      report: (error, where) => this.report(error, where),
    };
    this.stalls = new Watchdog(settings.runtime, settings.stallMs);
    this.unheard = new Watchdog(settings.runtime, settings.modernHeartbeatMs);
    this.unanswered = new Watchdog(settings.runtime, answerMs);
  }

  /** Limits the joins of each address, shared by all handlers of the hub with the same rate or with none. */
  get joins(): JoinRateLimiter {
    return this.#ownJoins ?? sharedJoinLimiter(this.hub, () => this.settings.runtime.now());
  }

  /** The time that events carry, in Unix milliseconds. */
  get time(): number {
    return Math.round(this.settings.runtime.wallTime());
  }

  /** Warns, once, that an untrusted proxy hides the addresses of its clients. */
  noteAddress(request: Pick<HttpRequest, 'address' | 'header'>): void {
    if (this.#warned || !hidesClient(request)) return;
    this.#warned = true;
    const advice =
      'tell the server which proxies to believe (Express: "trust proxy"; elsewhere: the option "address")';
    this.report(
      new Error(`requests come through a proxy that hides its clients: all count as one address; ${advice}`),
      'the address of a client',
    );
  }

  // Each pair of names once, and only a few, so that no client can fill a log.
  #noteRefused(error: CometError, asked: RefusedPage): void {
    const { warnings, warnsOfFailures, hosts } = this.settings;
    if (warnsOfFailures) warnings.warn(pageWarning(error.reason, asked, hosts));
    if (this.#refused.has(error.reason) || this.#refused.size >= maxRefusedNoted) return;
    this.#refused.add(error.reason);
    this.#tell(error, 'a page that may not call');
  }

  /** Counts a request that was refused, and warns when the error says that a limit was reached. */
  noteRefusal(error: CometError, session: Session | undefined): void {
    this.output.totals.refused({ code: error.code, reason: error.reason, session, ...refuserOf(error) });
    const warning = limitWarning(error);
    if (warning !== undefined) this.settings.warnings.warn(warning);
  }

  /** Reports an error that no client can be informed of. */
  report(error: unknown, where: string): void {
    this.output.totals.failures += 1;
    this.#tell(error, where);
    if (this.settings.warnsOfFailures) this.settings.warnings.failure(error, where);
  }

  #tell(error: unknown, where: string): void {
    const unreported = (): void => {
      this.unreported += 1;
    };
    try {
      // It may be an async function, whatever its type says.
      const said: unknown = this.settings.onError?.(error, where);
      if (isPromise(said)) said.then(undefined, unreported);
    } catch {
      unreported();
    }
  }

  /** Flushes what is buffered, closes the hub, and drops readers that take nothing. */
  async close(): Promise<void> {
    this.output.flusher.drain();
    this.hub.close();
    await this.output.quiet(this.settings.closeGraceMs);
    this.stalls.giveUp();
  }
}
