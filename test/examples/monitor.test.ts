import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiveStream, openStream } from './live-stream.ts';
import { type Monitor, startMonitor } from './monitor-process.ts';

const subjects = ['clock', 'cpu', 'load', 'memory', 'network', 'disk', 'sensors', 'process'];
let monitor: Monitor;

beforeAll(async () => {
  monitor = await startMonitor();
}, 20_000);

afterAll(async () => {
  await monitor?.end('SIGKILL');
});

function listen(fields: Record<string, string>): Promise<LiveStream> {
  return openStream(`${monitor.origin}/push?${new URLSearchParams(fields)}`);
}

async function post(body: Record<string, unknown>): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${monitor.origin}/push`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return JSON.parse((await response.text()).trim());
}

async function join(): Promise<Record<string, unknown>> {
  const { session, key } = await post({ type: 'join' });
  return { session, key };
}

function classic(format: string): Record<string, string> {
  return { p_event: 'join-listen', p_subject: '/system', p_format: format };
}

describe('the monitor example', () => {
  it('prints its address and a curl line that is quoted', () => {
    expect(monitor.printed()).toContain(`${monitor.origin}/\n`);
    const address = `${monitor.origin}/push?subject=/system`;
    expect(monitor.printed()).toContain(`curl -N '${address}'`);
  });

  it('shows its own metrics and an inspector, which only look', async () => {
    const page = await (await fetch(monitor.origin)).text();
    for (const address of ['metrics', 'inspector/']) expect(page).toContain(`href="${address}"`);
    const metrics = await (await fetch(`${monitor.origin}/metrics`)).text();
    expect(metrics).toContain('\ncometkit_ready 1\n');
    const stream = await listen({ subject: '/system', format: 'ndjson' });
    const sessions = await (await fetch(`${monitor.origin}/inspector/sessions`)).json();
    expect(sessions).toMatchObject({ total: 1, rows: [{ patterns: ['/system'] }] });
    stream.close();
    const headers = { 'content-type': 'application/json' };
    const end = { method: 'POST', headers, body: '{}' };
    expect((await fetch(`${monitor.origin}/inspector/actions/end`, end)).status).toBe(403);
  });

  it('serves a page without inline scripts, and the facts of the machine', async () => {
    const page = await fetch(monitor.origin);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await page.text()).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|style=/);
    const machine = await (await fetch(`${monitor.origin}/api/machine`)).json();
    expect(machine).toMatchObject({ node: process.version, devices: expect.any(Array) });
  });

  it.each([
    [
      'sse',
      { subject: '/system', format: 'sse', events: 'subject' },
      (subject: string) => `event: ${subject}\n`,
    ],
    ['ndjson', { subject: '/system' }, (subject: string) => `"subject":"${subject}"`],
    ['xml', classic('xml'), (subject: string) => `p_subject="${subject}"`],
    ['js', classic('js'), (subject: string) => `'p_subject', "${subject}"`],
  ])('shows everything below /system within two seconds as %s', async (_name, fields, sign) => {
    const stream = await listen(fields);
    const signs = subjects.map((name) => sign(`/system/${name}`));
    await stream.until((text) => signs.every((expected) => text.replaceAll('\\/', '/').includes(expected)));
    stream.close();
  });

  it('answers at the classic address, where matching is by prefix', async () => {
    const stream = await openStream(
      `${monitor.origin}/pushlet/pushlet.srv?p_event=join-listen&p_subject=/sys&p_format=xml`,
    );
    await stream.until((text) => text.includes('p_subject="/system/clock"'));
    stream.close();
  });

  it('says so where the system exposes nothing, and never sends less than that', async () => {
    const stream = await listen({ subject: '/system/sensors' });
    const text = await stream.until((got) => got.includes('"/system/sensors"') && got.endsWith('\n'));
    stream.close();
    const [event] = text
      .split('\n')
      .filter((line) => line.includes('"data":'))
      .map((line) => JSON.parse(line));
    if (event.data.exposed) expect(event.data.readings.length).toBeGreaterThan(0);
    else expect(event.data.reason).toEqual(expect.any(String));
  });

  it('brings what one client says in the chat to another', async () => {
    const stream = await listen({ subject: '/chat' });
    const data = { id: 'x-1', name: 'Ann', text: '<b>5 > 4 & "so on"</b>' };
    const ack = await post({ type: 'publish', ...(await join()), subject: '/chat', data });
    expect(ack['type']).toBe('publish-ack');
    const text = await stream.until((got) => got.includes('"/chat"') && got.endsWith('\n'));
    stream.close();
    const event = text.split('\n').find((line) => line.includes('"data":'));
    expect(JSON.parse(event ?? '{}').data).toEqual(data);
  });

  it.each([
    ['to a subject of the system', '/system/clock', { name: 'Ann', text: 'hello' }],
    ['a text that is too long', '/chat', { name: 'Ann', text: 'x'.repeat(281) }],
    ['a text that is no text', '/chat', { name: 'Ann', text: { a: 1 } }],
    ['no name', '/chat', { text: 'hello' }],
  ])('refuses to publish %s', async (_what, subject, data) => {
    const answer = await post({ type: 'publish', ...(await join()), subject, data });
    expect(answer).toMatchObject({ status: 403, detail: expect.any(String), code: 'not-authorized' });
  });
});

describe('the process of the monitor example', () => {
  it('says in a sentence that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await expect(startMonitor({ PORT: String(port) })).rejects.toThrow(
      `code 1: Port ${port} is already in use`,
    );
    other.close();
  });

  it('says in a sentence that a port is none', async () => {
    await expect(startMonitor({ PORT: '3000x' })).rejects.toThrow('code 1: PORT must be a number');
  });

  it('ends within five seconds of SIGTERM, and its streams end cleanly', async () => {
    const own = await startMonitor();
    const clock = '/system/clock';
    const queries = [
      `subject=${clock}`,
      `subject=${clock}&format=sse&events=subject`,
      `p_event=join-listen&p_subject=${clock}&p_format=xml`,
    ];
    const streams = await Promise.all(queries.map((query) => openStream(`${own.origin}/push?${query}`)));
    await Promise.all(streams.map((stream) => stream.until((text) => text.includes(clock))));
    const [ended, ...texts] = await Promise.all([own.end(), ...streams.map((stream) => stream.rest())]);
    expect(ended.code).toBe(0);
    expect(ended.ms).toBeLessThan(5000);
    for (const text of texts) expect(text.length).toBeGreaterThan(0);
  });
});
