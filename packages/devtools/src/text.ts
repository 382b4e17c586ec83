import type { ObservedClient } from './devtools.ts';
import type { Arrival, ClientRecord, Tally } from './record.ts';

const longestData = 200;

const ms = (value: number): string =>
  value < 10_000 ? `${Math.round(value)} ms` : `${Math.round(value / 1000)} s`;

/** What stands on the button. */
export function summaryOf({ state, transport }: ObservedClient, { gaps }: ClientRecord): string {
  const missing = gaps.count === 0 ? '' : `, ${gaps.count} ${gaps.count === 1 ? 'gap' : 'gaps'}`;
  return `CometKit: ${state}${transport ? `, ${transport}` : ''}${missing}`;
}

/** The rows of the panel: what each is about, and what is to be said. */
export function rowsOf(client: ObservedClient, record: ClientRecord, now: number): [string, string][] {
  const { state, transport, id } = client;
  const { since, reason, total, gaps, reconnects, errors } = record;
  const rows: [string, string][] = [
    ['State', `${state} for ${Math.max(0, Math.round((now - since) / 1000))} s`],
    ['Transport', transport ? `${transport}${reason ? ` (${reason})` : ''}` : 'none yet'],
    ['Session', id ?? 'none yet'],
    ['Events', `${total}, ${record.rate(now).toFixed(1)} a second`],
    ['Latency', latencyOf(record)],
    ['Clocks', clocksOf(record.ahead)],
    ['Gaps', tallyOf(gaps)],
    ['Reconnects', tallyOf(reconnects)],
  ];
  if (errors.count > 0) rows.push(['Errors', tallyOf(errors)]);
  return rows;
}

function latencyOf({ latency }: ClientRecord): string {
  if (latency === undefined) return 'unknown until an event comes';
  const { last, median, worst } = latency;
  return `last ${ms(last)}, median ${ms(median)}, worst ${ms(worst)} beyond the quickest message`;
}

function clocksOf(ahead: number | undefined): string {
  if (ahead === undefined) return 'unknown until a message comes';
  return ahead < 0
    ? `this page is at least ${ms(-ahead)} behind the server`
    : `this page is at most ${ms(ahead)} ahead of the server`;
}

function tallyOf({ count, last }: Tally): string {
  return count === 0 ? '0' : `${count}, the last: ${last}`;
}

/** An event in one line: when it came, its subject, the beginning of its data. */
export function lineOf({ at, event }: Arrival): {
  readonly time: string;
  readonly subject: string;
  readonly data: string;
} {
  const data = JSON.stringify(event.data);
  return {
    time: new Date(at).toTimeString().slice(0, 8),
    subject: event.subject,
    data: data.length > longestData ? `${data.slice(0, longestData)}…` : data,
  };
}

/** The text to paste into a question: everything that is shown but the data of the events. */
export function reportOf(client: ObservedClient, record: ClientRecord, now: number): string {
  const rows = [
    ...rowsOf(client, record, now),
    ['Cursor', client.cursor ?? 'none'],
    ['Browser', navigator.userAgent],
  ];
  const events = record.arrivals.map(
    ({ at, event }) =>
      `${new Date(at).toISOString()} ${event.subject} ${event.cursor}, took ${at - event.time} ms`,
  );
  const head = `CometKit, ${new Date(now).toISOString()}`;
  return [
    head,
    ...rows.map((row) => row.join(': ')),
    `The last ${events.length} events:`,
    ...events,
    '',
  ].join('\n');
}
