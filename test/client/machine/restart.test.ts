import { beforeAll, describe, expect, it } from 'vitest';
import { cur, data, Stage, wire } from '../kit.ts';

// Of the line and of a server that starts. Units: ms.
const roundTripMs = 40;

/** A client with many subscriptions whose server is away for a time and comes back without its sessions. */
class Restarted {
  readonly stage: Stage;
  readonly asked: string[] = [];
  readonly #upAt: number;

  constructor(seed: number, outageMs: number, subscriptions = 300) {
    this.stage = new Stage({ seed }).take('tick').joins();
    for (let n = 0; n < subscriptions; n += 1) this.stage.subscribes(`/row/${n}`);
    this.#answerAll();
    this.stage.listens().settleControl().pass(8000).hears(wire('heartbeat'));
    this.#upAt = this.stage.now + outageMs;
    this.stage.cuts();
  }

  /** When the first request reached the server, and when the first event came: behind its return, in ms. */
  run(): { reachedMs: number; eventMs: number } {
    const { stage } = this;
    while (stage.now < this.#upAt) this.#fail();
    let reached = Number.NaN;
    const back = this.#upAt;
    for (let turn = 0; turn < 20_000; turn += 1) {
      const open = [stage.channel, stage.control].filter((one) => one !== undefined);
      if (open.length === 0) stage.pass(1);
      else {
        if (Number.isNaN(reached)) reached = stage.now - back;
        stage.now += roundTripMs;
        if (this.#answer()) return { reachedMs: reached, eventMs: stage.now - back };
      }
    }
    throw new Error('it never came back');
  }

  // Nobody listens on the port.
  #fail(): void {
    const { stage } = this;
    if (stage.channel) stage.cuts({ code: 'unreachable' });
    if (stage.control) stage.fails({ code: 'unreachable' });
    if (!stage.channel && !stage.control) stage.pass(Math.min(10, this.#upAt - stage.now));
  }

  #answer(): boolean {
    const { stage } = this;
    if (stage.channel?.fields['session'] === 'me') stage.cuts({ code: 'unknown-session', status: 410 });
    else if (stage.channel) {
      stage.listens().hears(data(1, '/row/1', 'f'));
      return true;
    } else if (stage.control?.fields['type'] === 'join') {
      this.asked.push('join');
      stage.joins(0, 'again');
    } else if (stage.control?.fields['session'] === 'me')
      stage.fails({ code: 'unknown-session', status: 410 });
    else this.#answerAll();
    return false;
  }

  #answerAll(): void {
    const { stage } = this;
    for (let turn = 0; stage.control && turn < 9; turn += 1) {
      if (turn > 0) stage.now += roundTripMs;
      const { type, commands } = stage.control.fields;
      this.asked.push(String(type));
      if (type === 'batch')
        stage.answers(
          ...(commands as unknown[]).map((_, n) =>
            wire('subscribe-ack', { subscription: `${stage.now}-${turn}-${n}`, from: cur(0) }),
          ),
        );
      else if (type === 'subscribe') stage.accepts(`s${stage.now}`);
      else stage.answers(wire(`${String(type)}-ack`));
    }
  }
}

/** The value that a part of the sorted ones does not exceed. */
const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;

// The figures are those of 100 clients; that a thousand of them make no herd is shown of the pauses alone (backoff.test.ts).
describe('a client with 300 subscriptions, 40 ms away from a server that restarts', () => {
  it.each([300, 1000])(
    'has its first event within half a second after an outage of %i ms',
    (outageMs) => {
      const runs = Array.from({ length: 100 }, (_, n) =>
        new Restarted(Math.imul(n + 1, 0x9e3779b1), outageMs).run(),
      );
      const events = runs.map(({ eventMs }) => eventMs).sort((a, b) => a - b);
      expect(quantile(events, 0.5)).toBeLessThanOrEqual(400);
      expect(quantile(events, 0.99)).toBeLessThanOrEqual(500);
    },
    60_000,
  );

  it('asks for all of them in one request', () => {
    const one = new Restarted(7, 100);
    one.asked.length = 0;
    one.run();
    expect(one.asked).toEqual(['join', 'batch']);
  });
});

describe.each([3000, 10_000])('a thousand clients whose server was away for %i ms', (outageMs) => {
  let runs: ReturnType<Restarted['run']>[] = [];

  beforeAll(() => {
    runs = Array.from({ length: 1000 }, (_, n) =>
      new Restarted(Math.imul(n + 1, 0x9e3779b1), outageMs, 1).run(),
    );
  }, 60_000);

  it('are back within a part of that time: 99 of 100 after 3 s within 1.5 s', () => {
    const events = runs.map(({ eventMs }) => eventMs).sort((a, b) => a - b);
    expect(quantile(events, 0.99)).toBeLessThanOrEqual(outageMs === 3000 ? 1500 : outageMs * 0.3 + 160);
  });

  it('do not come all at once: no more than a third of them within 100 ms', () => {
    const reached = runs.map(({ reachedMs }) => reachedMs);
    const most = Math.max(
      ...reached.map((from) => reached.filter((at) => at >= from && at < from + 100).length),
    );
    expect(most).toBeLessThanOrEqual(1000 / 3);
  });
});
