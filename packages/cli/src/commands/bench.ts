import { setTimeout as pause } from 'node:timers/promises';
import { type Client, ClientError, type ClientEvent } from '@cometkit/client';
import { type ConnectionOptions, connect } from '../connection.ts';
import { Failure, sentenceOf } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { Terminal } from '../terminal.ts';
import { Latencies } from './latencies.ts';

/** Options of `bench`. */
export interface BenchOptions extends ConnectionOptions {
  readonly clients: number;
  readonly seconds: number;
  /** Events a second. */
  readonly rate: number;
  readonly subject: string;
  readonly json?: boolean;
}

/** What a bench has counted. */
interface Tally {
  readonly published: Latencies;
  /** Events of others: how late they are by the server's clock, more than the quickest of them. */
  readonly seen: Latencies;
  gaps: number;
  reconnects: number;
  trouble: string | undefined;
}

// Joins in one go, so that a server's limit of joins (100 a second) lets all of them in.
const joinsAtOnce = 50;
const openWithinMs = 10_000;

/**
 * Measures how late events arrive at many clients.
 *
 * @throws Failure — no client was let in, or no event came.
 */
export async function bench(surroundings: Surroundings, url: URL, options: BenchOptions): Promise<void> {
  const terminal = new Terminal(surroundings);
  const { stop } = surroundings;
  const tally: Tally = {
    published: new Latencies(),
    seen: new Latencies(),
    gaps: 0,
    reconnects: 0,
    trouble: undefined,
  };
  const clients: Client[] = [];
  const mark = `bench-${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    const open = await join(clients, url, options, { tally, mark, stop });
    if (open === 0) throw new Failure(whyNobody(tally, stop));
    terminal.say(`-- ${open} of ${options.clients} clients are open`);
    const allowed = await publishAll(clients[0] as Client, options, mark, stop);
    if (stop.aborted && tally.published.count + tally.seen.count === 0) throw new Failure(interrupted);
    await report(terminal, tally, { options, open, allowed });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

const interrupted = 'interrupted before anything was measured';

function whyNobody({ trouble = 'nothing answers' }: Tally, stop: AbortSignal): string {
  return stop.aborted ? interrupted : `no client was let in: ${trouble}`;
}

interface Bench {
  readonly tally: Tally;
  readonly mark: string;
  readonly stop: AbortSignal;
}

/** Opens the clients. @returns how many of them are open. */
async function join(clients: Client[], url: URL, options: BenchOptions, run: Bench): Promise<number> {
  const waits: Promise<boolean>[] = [];
  for (let made = 0; made < options.clients && !run.stop.aborted; made++) {
    if (made > 0 && made % joinsAtOnce === 0)
      await pause(500, undefined, { signal: run.stop }).catch(() => undefined);
    const client = connect(url, options);
    clients.push(client);
    waits.push(opening(client, run));
    client.subscribe(options.subject).on((event) => take(event, run));
  }
  return (await Promise.all(waits)).filter(Boolean).length;
}

function opening(client: Client, { tally, stop }: Bench): Promise<boolean> {
  client.on('gap', () => {
    tally.gaps += 1;
  });
  client.on('reconnecting', (error) => {
    tally.reconnects += 1;
    tally.trouble = sentenceOf(error);
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), openWithinMs);
    const end = (open: boolean): void => {
      clearTimeout(timer);
      resolve(open);
    };
    stop.addEventListener('abort', () => end(false));
    client.on('error', (error) => {
      tally.trouble = sentenceOf(error);
      if (client.state === 'closed' || error.code === 'redirected') end(false);
    });
    client.on('state', (state) => {
      if (state === 'open') end(true);
    });
  });
}

function take({ data, time }: ClientEvent, { tally, mark }: Bench): void {
  const own = data as { readonly mark?: unknown; readonly at?: unknown } | null;
  if (own?.mark === mark && typeof own.at === 'number') tally.published.add(performance.now() - own.at);
  else tally.seen.add(Date.now() - time);
}

/** Publishes at a steady rate. @returns false where clients may not publish: then it only waits. */
async function publishAll(
  client: Client,
  { seconds, rate, subject }: BenchOptions,
  mark: string,
  stop: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  const publish = (): Promise<void> =>
    client.publish(subject, { mark, at: performance.now() }, { signal: stop });
  let allowed = true;
  for (let next = performance.now(); next < end && !stop.aborted; next += 1000 / rate) {
    const wait = next - performance.now();
    if (wait > 0) await pause(wait, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return allowed;
    void publish().catch((error: unknown) => {
      if (error instanceof ClientError && error.code === 'refused') allowed = false;
    });
    if (!allowed) break;
  }
  const rest = Math.max(0, end - performance.now()) + (allowed ? 500 : 0);
  await pause(rest, undefined, { signal: stop }).catch(() => undefined);
  return allowed;
}

async function report(
  terminal: Terminal,
  tally: Tally,
  { options, open, allowed }: { options: BenchOptions; open: number; allowed: boolean },
): Promise<void> {
  const { published, seen, gaps, reconnects } = tally;
  const measured = published.count > 0 ? published : seen;
  if (measured.count === 0) {
    const hint = allowed
      ? 'see whether the server lets clients publish there'
      : 'clients may not publish there; name a --subject on which something happens, or allow it in authorize.publish';
    throw new Failure(`no event came in ${options.seconds} s: ${hint}`);
  }
  const how =
    published.count > 0 ? 'publish to arrival' : 'later than the quickest, by the clock of the server';
  const { p50, p99, max } = published.count > 0 ? published.figures() : seen.figures(seen.least);
  const events = measured.count;
  if (options.json)
    return terminal.out(
      JSON.stringify({ clients: open, events, p50Ms: p50, p99Ms: p99, maxMs: max, how, gaps, reconnects }),
    );
  await terminal.out(
    `${events} events at ${open} clients: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms (${how}); ${gaps} gaps, ${reconnects} reconnects`,
  );
}
