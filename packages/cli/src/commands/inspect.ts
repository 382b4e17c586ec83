import { setTimeout as pause } from 'node:timers/promises';
import { Deadline } from '../deadline.ts';
import { Failure } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { Terminal } from '../terminal.ts';
import { faultOf, whyNoAnswer } from '../unreachable.ts';
import { visible } from '../visible.ts';

/** Options of `inspect`. */
export interface InspectOptions {
  readonly once?: boolean;
  readonly header?: Readonly<Record<string, string>>;
}

/** One look at the figures. */
interface Look {
  /** In milliseconds of a clock that only goes forward. */
  readonly at: number;
  readonly samples: ReadonlyMap<string, number>;
}

const maxPageChars = 1024 * 1024;
const timeoutMs = 5000;

/**
 * Shows the figures of a metrics page: what is not zero, and how fast totals grow.
 *
 * @throws Failure — the page cannot be had, or is none.
 */
export async function inspect(surroundings: Surroundings, url: URL, options: InspectOptions): Promise<void> {
  const terminal = new Terminal(surroundings);
  const { stop } = surroundings;
  let before: Look | undefined;
  for (;;) {
    const look = await lookAt(url, options, stop);
    if (look === undefined) return;
    terminal.clear();
    await terminal.out(table(look, before).join('\n'));
    if (options.once || !terminal.interactive) return;
    before = look;
    await pause(1000, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
  }
}

async function lookAt(url: URL, options: InspectOptions, stop: AbortSignal): Promise<Look | undefined> {
  const text = await pageOf(url, options, stop).catch((error: unknown) => {
    if (stop.aborted) return undefined;
    if (error instanceof Failure) throw error;
    throw new Failure(whyNot(error));
  });
  if (text === undefined) return undefined;
  const samples = samplesOf(text);
  if (samples.size === 0)
    throw new Failure('no figures of CometKit are there: serve createMetrics() of @cometkit/metrics');
  return { at: performance.now(), samples };
}

function whyNot(error: unknown): string {
  // What fetch throws when there is no answer; else the deadline has ended it.
  if (error instanceof TypeError) return whyNoAnswer(faultOf(error));
  return `no metrics came in ${timeoutMs / 1000} s: see that the server runs and the URL is right`;
}

async function pageOf(url: URL, { header = {} }: InspectOptions, stop: AbortSignal): Promise<string> {
  const deadline = new Deadline(stop, timeoutMs);
  try {
    return await read(await fetch(url, { headers: header, redirect: 'manual', signal: deadline.signal }));
  } finally {
    deadline.end();
  }
}

async function read(response: Response): Promise<string> {
  if (response.status !== 200)
    throw new Failure(`the answer has the status ${response.status}: give the address of the metrics`);
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > maxPageChars) throw new Failure('the answer is longer than any page of metrics');
  }
  return text;
}

/** The samples of a page that are CometKit's, by name and labels; the steps of histograms are left out. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.matchAll(/^cometkit_(\w+(?:\{[^\n]*\})?) (\S+)/gm);
  const all = [...lines].map(([, name = '', value]) => [name, Number(value)] as const);
  return new Map(all.filter(([name, value]) => !/_bucket\b/.test(name) && Number.isFinite(value)));
}

function table({ at, samples }: Look, before: Look | undefined): string[] {
  const rows = [...samples].flatMap(([name, value]): [string, string, string][] => {
    if (value === 0 && !/^(?:sessions_opened|events_published|events_delivered)/.test(name)) return [];
    const past = before?.samples.get(name);
    const grows = /_(?:total|count)\b/.test(name) && past !== undefined && before !== undefined;
    const rate = grows ? `${figure(((value - past) * 1000) / (at - before.at))}/s` : '';
    return [[visible(name, 80), figure(value), rate]];
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(
    ([name, value, rate]) => `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${rate}`,
  );
}

function figure(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(3);
}
