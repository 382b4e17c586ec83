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
  const query = new URLSearchParams({ p_event: 'join-listen', ...fields });
  return openStream(`${monitor.origin}/push?${query}`);
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
  const { p_id, p_key } = await post({ p_event: 'join', p_format: 'ndjson' });
  return { p_id, p_key };
}

describe('the monitor example', () => {
  it('prints its address and a curl line that is quoted', () => {
    expect(monitor.printed()).toContain(`${monitor.origin}/\n`);
    const address = `${monitor.origin}/push?p_event=join-listen&p_subject=/system&p_format=sse`;
    expect(monitor.printed()).toContain(`curl -N '${address}'`);
  });

  it('serves a page without inline scripts, and the facts of the machine', async () => {
    const page = await fetch(monitor.origin);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await page.text()).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|style=/);
    const machine = await (await fetch(`${monitor.origin}/api/machine`)).json();
    expect(machine).toMatchObject({ node: process.version, devices: expect.any(Array) });
  });

  it.each([
    ['sse', (subject: string) => `"p_subject":"${subject}"`],
    ['ndjson', (subject: string) => `"p_subject":"${subject}"`],
    ['xml', (subject: string) => `p_subject="${subject}"`],
    ['js', (subject: string) => `'p_subject', "${subject}"`],
  ])('shows everything below /system within two seconds as %s', async (format, sign) => {
    const stream = await listen({ p_subject: '/system', p_format: format });
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
    const stream = await listen({ p_subject: '/system/sensors', p_format: 'ndjson' });
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
    const stream = await listen({ p_subject: '/chat', p_format: 'ndjson' });
    const data = { id: 'x-1', name: 'Ann', text: '<b>5 > 4 & "so on"</b>' };
    const ack = await post({ p_event: 'publish', ...(await join()), p_subject: '/chat', data });
    expect(ack['p_event']).toBe('publish-ack');
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
    const answer = await post({ p_event: 'publish', ...(await join()), p_subject: subject, data });
    expect(answer).toMatchObject({ p_event: 'nack', p_reason: expect.any(String) });
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
    const base = `${own.origin}/push?p_event=join-listen&p_subject=/system/clock`;
    const streams = await Promise.all(
      ['ndjson', 'sse', 'xml'].map((f) => openStream(`${base}&p_format=${f}`)),
    );
    await Promise.all(streams.map((stream) => stream.until((text) => text.includes('/system/clock'))));
    const [ended, ...texts] = await Promise.all([own.end(), ...streams.map((stream) => stream.rest())]);
    expect(ended.code).toBe(0);
    expect(ended.ms).toBeLessThan(5000);
    for (const text of texts) expect(text.length).toBeGreaterThan(0);
  });
});
