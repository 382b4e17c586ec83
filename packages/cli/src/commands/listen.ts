import type { ClientItem, SubscribeOptions } from '@cometkit/client';
import { type ConnectionOptions, connect } from '../connection.ts';
import { Failure, sentenceOf } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { Terminal } from '../terminal.ts';
import { visible, visibleJson } from '../visible.ts';
import { Watch } from './watch.ts';

/** Options of `listen`. */
export interface ListenOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly since?: string;
  readonly last?: number;
  readonly latest?: boolean;
  /** Ends after so many events. */
  readonly count?: number;
  /** Gives up after so many seconds without a connection. */
  readonly timeout?: number;
}

/**
 * Prints events until it is interrupted, each once and in order, and each gap in its place.
 *
 * @throws Failure — the server refused, or there was no connection in time.
 */
export async function listen(
  surroundings: Surroundings,
  url: URL,
  patterns: readonly string[],
  options: ListenOptions,
): Promise<void> {
  const terminal = new Terminal(surroundings);
  const { since, last, latest, count = Number.POSITIVE_INFINITY } = options;
  const client = connect(url, options);
  const watch = new Watch(client, terminal, options);
  const past = { since, last, latest } as SubscribeOptions;
  // One subscription for all patterns: an event that two of them match comes once.
  const pattern = patterns.length === 0 ? '/**' : patterns.join(',');
  const subscription = client.subscribe(pattern, { ...past, gaps: true });
  const end = (): void => subscription.unsubscribe();
  for (const signal of [surroundings.stop, watch.over]) signal.addEventListener('abort', end);
  if (surroundings.stop.aborted) end();
  try {
    for await (const item of subscription) {
      watch.count(item);
      await terminal.out(options.json ? visibleJson(item) : lineOf(terminal, item));
      if (watch.events >= count) break;
    }
  } catch (error) {
    throw new Failure(sentenceOf(error));
  } finally {
    await client.close();
    if (!options.quiet) terminal.say(watch.summary());
  }
  if (watch.why !== undefined && !surroundings.stop.aborted) throw new Failure(watch.why);
}

/** Writes an item for people: when, where, what. */
function lineOf(terminal: Terminal, item: ClientItem): string {
  if (item.kind === 'gap') {
    const size = item.count === undefined ? 'events are missing' : `${item.count} events are missing`;
    return terminal.paint('yellow', `-- gap: ${size} here (${visible(item.reason)})`);
  }
  const { subject, data, name, from, time } = item;
  const about = [name, from && `from ${from}`].filter(Boolean).join(', ');
  const parts = [
    terminal.paint('dim', clock(time)),
    terminal.paint('cyan', visible(subject)),
    ...(about === '' ? [] : [terminal.paint('dim', `(${visible(about)})`)]),
    visibleJson(data),
  ];
  return parts.join(' ');
}

/** The time of day where the command runs. */
function clock(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '--:--:--.---';
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
